using Platform.Contracts.Common.V1;
using Platform.TrainerHost.Runs;
using Platform.Workers;

namespace Platform.TrainerHost.Queue;

/// <summary>
/// What became of runs while the service was away: every state, with a worker that is alive, dead, or done.
/// </summary>
internal sealed partial class RunRecovery(WorkerLauncher launcher, ILogger<RunRecovery> logger)
{
    private readonly IReadOnlyDictionary<string, ProcessIdentity> _running =
        WorkerFinder.ByArgument(WorkerLauncher.RunOption);

    /// <summary>Brings a run that has not ended into a state to go on from.</summary>
    /// <returns>The worker that trains it, where one is alive.</returns>
    public WorkerProcess? Recover(LiveRun run)
    {
        lock (run.Gate)
        {
            if (TryAdopt(run) is { } worker)
                return worker;
            // A worker may have ended between the reading of the files and the look for its process.
            run.Refresh();
            Settle(run);
            return null;
        }
    }

    private WorkerProcess? TryAdopt(LiveRun run)
    {
        var file = WorkerFile.TryRead(run.Folder);
        var identity = file?.Identity is { IsAlive: true } known
            ? known
            : _running.GetValueOrDefault(run.Folder);
        // A worker of several runs may still train the others, when one of them has ended and waits again.
        if (run.History.State == State.Queued && file?.Identity == identity && run.History.Attempt >= file.Attempt)
            return null;
        if (identity.Pid == 0 || WorkerProcess.TryAdopt(identity) is not { } worker)
            return null;
        LogAdopted(run.Id, identity.Pid);
        var attempt = file is not null && file.Identity == identity ? file.Attempt : run.History.Attempt + 1;
        if (file?.Identity != identity)
            launcher.Note(run, identity, attempt);
        // Killed between starting the worker and saying so.
        if (run.History.State == State.Queued || run.History.Attempt < attempt)
        {
            run.Append(
                EventTypes.Started,
                $"Attempt {attempt} was found running.",
                RunEvents.Process(attempt, identity, packSize: 1));
        }

        return worker;
    }

    private void Settle(LiveRun run)
    {
        var history = run.History;
        if (history.State == State.Cancelling)
        {
            run.Append(EventTypes.Cancelled, "The run was cancelled; its worker ended while the service was away.");
            return;
        }

        if (history.State != State.Running)
            return;
        if (history.Stopped)
        {
            Queue(run, "The worker saved what it had and ended while the service was away; the run goes on.");
            return;
        }

        if (WorkerFile.TryRead(run.Folder) is { } file && MachineBoot.Time is { } boot && file.Started < boot)
        {
            Queue(run, "The machine went down while the run trained; it goes on from its last checkpoint.");
            return;
        }

        RunEvents.AppendDeath(run, WorkerExit.Unknown);
        LogDied(run.Id);
        if (RunEvents.MayTryAgain(run))
        {
            Queue(run, "The worker died while the service was away; the run goes on from its last checkpoint.");
            return;
        }

        run.Append(
            EventTypes.Failed,
            RunEvents.DescribeGivingUp(run, WorkerExit.Unknown),
            ("reason", "WORKER_DIED"),
            ("resumable", true));
    }

    private static void Queue(LiveRun run, string message) =>
        run.Append(EventTypes.Queued, message, ("order", run.History.QueueOrder));

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Id}: its worker {Pid} trained on; watching it again.")]
    private partial void LogAdopted(string id, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Id}: its worker died while the service was away.")]
    private partial void LogDied(string id);
}
