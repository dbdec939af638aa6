using System.Runtime.CompilerServices;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Queue;
using Platform.Workspaces;

namespace Platform.TrainerHost.Runs;

/// <summary>
/// What WatchRun sends: the run, then whatever its files gain, read from the files at the caller's own pace, so that
/// nothing is held for a slow one, and the same after a restart of the service.
/// </summary>
internal sealed class RunFollower(DataRoot root, RunStore store, PendingRuns pending)
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_runInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Follows a run until it has ended.</summary>
    public async IAsyncEnumerable<WatchRunResponse> FollowAsync(
        WatchRunRequest request, string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = new RunFiles(Path.Combine(root.Runs, id), request);
        var sent = pending.WithPosition(store.Get(id));
        var sentAt = DateTime.UtcNow;
        files.Begin();
        yield return new WatchRunResponse { Run = sent, Cursor = files.Cursor };
        while (true)
        {
            // Taken first: what changes while the files are read wakes the wait below.
            var change = store.TryGetLive(id)?.NextChange;
            var run = pending.WithPosition(store.Get(id));
            var ended = HasEnded(run);
            bool more;
            do
            {
                foreach (var message in files.Read(out more))
                    yield return message;
                cancellationToken.ThrowIfCancellationRequested();
            }
            while (more);

            if (!run.Equals(sent) && (ended || run.State != sent.State || DateTime.UtcNow - sentAt >= s_runInterval))
            {
                (sent, sentAt) = (run, DateTime.UtcNow);
                yield return new WatchRunResponse { Run = run, Cursor = files.Cursor };
            }

            if (ended)
                yield break;
            await WaitAsync(change, cancellationToken);
        }
    }

    private static bool HasEnded(Run run) => run.State is State.Succeeded or State.Failed or State.Cancelled;

    // A place in the queue changes without a change of the run, and a figure held back must go out some time.
    private static async Task WaitAsync(Task? change, CancellationToken cancellationToken)
    {
        var limit = Task.Delay(s_look, cancellationToken);
        await Task.WhenAny(change ?? limit, limit);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
