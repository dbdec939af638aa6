using System.Text.Json.Nodes;
using Platform.Contracts.Common.V1;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker.Packs;
using Platform.Workers;

namespace Platform.TrainerHost.Queue;

/// <summary>
/// The time of a run, or of several that train together, with the processor: attempts, until each has ended or must
/// wait again (docs/decisions/0001).
/// </summary>
internal sealed partial class RunSupervisor(
    IReadOnlyList<LiveRun> runs,
    string device,
    WorkerLauncher launcher,
    TrainerOptions options,
    ILogger<RunSupervisor> logger,
    CancellationToken stopping)
{
    // Those that have no further attempt here fall out.
    private readonly List<LiveRun> _open = [.. runs];
    private WorkerProcess? _worker;

    private bool IsPack => runs.Count > 1;

    /// <summary>Trains the runs, or watches the worker that is training them already.</summary>
    /// <returns>The runs that wait again.</returns>
    public async Task<IReadOnlyList<LiveRun>> SuperviseAsync(WorkerProcess? adopted)
    {
        _worker = adopted;
        if (adopted is not null)
            _open.ForEach(TellIfCancelled);
        var waiting = new List<LiveRun>();
        while (_worker is not null || TryStart())
        {
            if (await WatchAsync(_worker!) is not { } exit)
            {
                LogLeftRunning(runs[0].Id, _worker!.Identity.Pid);
                return waiting;
            }

            _worker!.Dispose();
            _worker = null;
            foreach (var run in _open.ToList())
                Settle(run, exit, waiting);
        }

        return waiting;
    }

    /// <summary>Ends a run: with a checkpoint at first, at once when called again. Under the run's gate.</summary>
    /// <remarks>One of several ends with a checkpoint in any case: the others train on.</remarks>
    public void Cancel(LiveRun run, bool again)
    {
        if (IsPack)
            File.Create(PackMember.StopFile(run.Folder)).Dispose();
        else if (again)
            _worker?.Kill();
        else
            _worker?.Terminate();
    }

    private void TellIfCancelled(LiveRun run)
    {
        lock (run.Gate)
        {
            if (run.History.State == State.Cancelling)
                Cancel(run, again: false);
        }
    }

    private async Task<WorkerExit?> WatchAsync(WorkerProcess worker)
    {
        var watches = _open.Select(run => new RunWatch(run, IsPack ? () => NoteCancelled(run) : null)).ToList();
        try
        {
            return await WaitAsync(worker);
        }
        finally
        {
            foreach (var watch in watches)
                await watch.DisposeAsync();
        }
    }

    // Its worker lives on with the others.
    private static void NoteCancelled(LiveRun run)
    {
        lock (run.Gate)
        {
            if (run.History is { State: State.Cancelling, Stopped: true })
                run.Append(EventTypes.Cancelled, "The run was cancelled; its last checkpoint holds what it had.");
        }
    }

    private void Settle(LiveRun run, WorkerExit exit, List<LiveRun> waiting)
    {
        try
        {
            run.Refresh();
            lock (run.Gate)
            {
                if (Decide(run, exit) is not { } waits)
                    return;
                _open.Remove(run);
                if (waits)
                    waiting.Add(run);
            }
        }
        catch (Exception e) when (IsPack && e is IOException or UnauthorizedAccessException)
        {
            // Its folder was deleted. The others go on.
            _open.Remove(run);
            LogLost(e, run.Id);
        }
    }

    private bool TryStart()
    {
        _open.RemoveAll(run => !MayStart(run));
        if (_open.Count == 0)
            return false;
        List<(LiveRun Run, int Attempt)> attempts = [.. _open.Select(run => (run, run.History.Attempt + 1))];
        try
        {
            _worker = launcher.Start(attempts, device);
        }
        catch (IOException e)
        {
            LogCannotStart(e, runs[0].Id);
            _open.ForEach(run => Fail(run, "WORKER_NOT_STARTED", e.Message));
            return false;
        }

        var identity = _worker.Identity;
        foreach (var (run, attempt) in attempts)
        {
            LogStarted(run.Id, attempt, identity.Pid);
            run.Append(
                EventTypes.Started,
                attempts.Count == 1
                    ? $"Attempt {attempt} began."
                    : $"Attempt {attempt} began, in one process with {attempts.Count - 1} other runs.",
                RunEvents.Process(attempt, identity, attempts.Count));
            // Asked to end while the worker was started.
            TellIfCancelled(run);
        }

        return true;
    }

    private bool MayStart(LiveRun run)
    {
        lock (run.Gate)
        {
            if (run.History.State == State.Cancelling)
                run.Append(EventTypes.Cancelled, "The run was cancelled before a worker was started.");
            if (stopping.IsCancellationRequested && run.History.State == State.Running)
                run.Append(EventTypes.Queued, "The service stops; the run goes on at its next start.", Order(run));
            File.Delete(PackMember.StopFile(run.Folder));
            return !stopping.IsCancellationRequested && !run.History.HasEnded;
        }
    }

    /// <summary>Waits for the worker's end; null where the service stops and the worker saves too long.</summary>
    private async Task<WorkerExit?> WaitAsync(WorkerProcess worker)
    {
        try
        {
            return await worker.Exited.WaitAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            worker.Terminate();
        }

        try
        {
            return await worker.Exited.WaitAsync(TimeSpan.FromSeconds(options.StopSeconds), CancellationToken.None);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>What follows from a worker's end: null: another attempt; else whether the run waits again.</summary>
    private bool? Decide(LiveRun run, WorkerExit exit)
    {
        var history = run.History;
        if (history.HasEnded)
        {
            LogEnded(run.Id, history.State);
            return false;
        }

        if (history.State == State.Queued)
        {
            // It had ended, and was asked to go on before its worker's process was gone: its place is in the queue.
            return false;
        }

        if (history.State == State.Cancelling)
        {
            run.Append(EventTypes.Cancelled, history.Stopped
                ? "The run was cancelled; its last checkpoint holds what it had."
                : $"The run was cancelled; its worker {exit.Describe()}.");
            return false;
        }

        if (stopping.IsCancellationRequested)
        {
            run.Append(EventTypes.Queued, "The service stops; the run goes on at its next start.", Order(run));
            return true;
        }

        if (history.Stopped && history.AttemptMadeProgress)
        {
            run.Append(EventTypes.Queued, "The worker was asked to end from outside; the run goes on.", Order(run));
            return true;
        }

        RunEvents.AppendDeath(run, exit);
        LogDied(run.Id, history.Attempt, exit.Describe());
        if (exit.OutOfMemory == true && run.Record.Spec.Recovery is { OomBackoff: true })
            return BackOff(run);
        if (RunEvents.MayTryAgain(run))
            return null;
        Fail(run, exit.OutOfMemory == true ? "OUT_OF_MEMORY" : "WORKER_DIED", RunEvents.DescribeGivingUp(run, exit));
        return false;
    }

    // On a processor it is the kernel that says that memory is out, by ending the worker: the next one takes less.
    private static bool? BackOff(LiveRun run)
    {
        if (RunEvents.TryBackOff(run))
            return null;
        Fail(run, "OUT_OF_MEMORY", "There is not enough memory for a single sequence at once. Resume tries again.");
        return false;
    }

    private static IEnumerable<(string, JsonNode?)> Order(LiveRun run) => [("order", run.History.QueueOrder)];

    private static void Fail(LiveRun run, string reason, string message) => run.Append(
        EventTypes.Failed, message, ("reason", reason), ("resumable", true));

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Id}: attempt {Attempt} is process {Pid}.")]
    private partial void LogStarted(string id, int attempt, int pid);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Id} has ended: {State}.")]
    private partial void LogEnded(string id, State state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Id}: the worker of attempt {Attempt} died: {How}.")]
    private partial void LogDied(string id, int attempt, string how);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Id}: no worker can be started.")]
    private partial void LogCannotStart(Exception error, string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Id} cannot be supervised any longer.")]
    private partial void LogLost(Exception error, string id);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Run {Id}: worker {Pid} still saves its checkpoint; the next start of the service finds it.")]
    private partial void LogLeftRunning(string id, int pid);
}
