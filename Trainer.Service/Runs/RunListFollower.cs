using System.Runtime.CompilerServices;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Index;
using Platform.TrainerHost.Queue;

namespace Platform.TrainerHost.Runs;

/// <summary>What WatchRuns sends where all runs are followed: those that match, then every change.</summary>
internal sealed class RunListFollower(RunStore store, RunChanges changes, PendingRuns pending)
{
    /// <summary>Runs in the snapshot at most, so that it fits into a message; the others follow as changes.</summary>
    private const int SnapshotSize = 1000;

    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(250);

    /// <summary>Follows until cancelled.</summary>
    public async IAsyncEnumerable<WatchRunsResponse> FollowAsync(
        RunFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var feed = changes.Follow();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var order = RunOrder.Parse("");
        (object, string)? behind = null;
        var first = true;
        while (true)
        {
            var page = store.List(filter, order, behind, SnapshotSize);
            var runs = page.Runs.Select(pending.WithPosition).ToList();
            known.UnionWith(runs.Select(RunStore.IdOf));
            if (first)
                yield return new WatchRunsResponse { Snapshot = new RunList { Runs = { runs } } };
            foreach (var run in first ? [] : runs)
                yield return new WatchRunsResponse { Changed = run };
            if (page.Last is null)
                break;
            (first, behind) = (false, page.Last);
        }

        while (true)
        {
            var ids = await feed.TakeAsync(cancellationToken);
            store.Save();
            foreach (var id in ids)
            {
                if (store.TryGetMatching(filter, id) is { } run)
                {
                    known.Add(id);
                    yield return new WatchRunsResponse { Changed = pending.WithPosition(run) };
                }
                else if (known.Remove(id))
                {
                    yield return new WatchRunsResponse { Removed = $"runs/{id}" };
                }
            }

            await Task.Delay(s_gather, cancellationToken);
        }
    }
}
