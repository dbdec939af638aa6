using System.Runtime.CompilerServices;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Index;
using Platform.TrainerHost.Queue;

namespace Platform.TrainerHost.Runs;

/// <summary>
/// What WatchRuns sends where a page is followed: the page in its order, the runs on it that change, and the whole page
/// again when another run belongs on it, or the order or the counts have changed.
/// </summary>
internal sealed class RunPageFollower(RunStore store, RunChanges changes, PendingRuns pending)
{
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(500);

    /// <summary>Follows until cancelled.</summary>
    /// <param name="filter">Which runs.</param>
    /// <param name="order">In what order.</param>
    /// <param name="skip">Runs before the page.</param>
    /// <param name="size">Runs on the page.</param>
    /// <param name="cancellationToken">Ends the following.</param>
    public async IAsyncEnumerable<WatchRunsResponse> FollowAsync(
        RunFilter filter,
        RunOrder order,
        int skip,
        int size,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var feed = changes.Follow();
        var sent = store.Outline(filter, order, skip, size);
        yield return new WatchRunsResponse { Snapshot = Snapshot(sent) };
        while (true)
        {
            var ids = await feed.TakeAsync(cancellationToken);
            var now = store.Outline(filter, order, skip, size);
            if (!now.Equals(sent))
            {
                sent = now;
                yield return new WatchRunsResponse { Snapshot = Snapshot(now) };
            }
            else
            {
                foreach (var run in now.Ids.Where(ids.Contains).Select(store.TryGet).OfType<Run>())
                    yield return new WatchRunsResponse { Changed = pending.WithPosition(run) };
            }

            await Task.Delay(s_gather, cancellationToken);
        }
    }

    private RunList Snapshot(RunOutline outline)
    {
        var list = new RunList { TotalSize = outline.Total };
        list.Runs.AddRange(outline.Ids.Select(store.TryGet).OfType<Run>().Select(pending.WithPosition));
        list.StateCounts.AddRange(outline.States.Select(s => new StateCount { State = s.State, Count = s.Count }));
        var (tags, datasets) = store.WordsInUse();
        list.Tags.AddRange(tags);
        list.Datasets.AddRange(datasets);
        return list;
    }
}
