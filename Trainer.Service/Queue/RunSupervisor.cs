using System.Text.Json.Nodes;
using Platform.Contracts.Common.V1;
using Platform.TrainerHost.Runs;
using Platform.Workers;

namespace Platform.TrainerHost.Queue;

/// <summary>
/// One run's time with the processor: attempts, until it has ended or must wait again (docs/decisions/0001).
/// </summary>
internal sealed partial class RunSupervisor(
    LiveRun run,
    WorkerLauncher launcher,
    TrainerOptions options,
    ILogger<RunSupervisor> logger,
    CancellationToken stopping)
{
    private WorkerProcess? _worker;

    /// <summary>Trains the run, or watches the worker that is training it already.</summary>
    /// <returns>Whether the run waits again.</returns>
    public async Task<bool> SuperviseAsync(WorkerProcess? adopted)
    {
        _worker = adopted;
        if (adopted is not null && run.History.State == State.Cancelling)
            adopted.Terminate();
        while (_worker is not null || TryStart())
        {
            WorkerExit? exit;
            await using (new RunWatch(run))
                exit = await WaitAsync(_worker!);
            if (exit is null)
            {
                LogLeftRunning(run.Id, _worker!.Identity.Pid);
                return false;
            }

            run.Refresh();
            lock (run.Gate)
            {
                _worker!.Dispose();
                _worker = null;
                if (Decide(exit) is { } waits)
                    return waits;
            }
        }

        return false;
    }

    /// <summary>Ends the run: with a checkpoint at first, at once when called again. Under the run's gate.</summary>
    public void Cancel(bool again)
    {
        if (again)
            _worker?.Kill();
        else
            _worker?.Terminate();
    }

    private bool TryStart()
    {
        lock (run.Gate)
        {
            if (run.History.State == State.Cancelling)
                run.Append(EventTypes.Cancelled, "The run was cancelled before a worker was started.");
            if (stopping.IsCancellationRequested && run.History.State == State.Running)
                run.Append(EventTypes.Queued, "The service stops; the run goes on at its next start.", Order());
            if (stopping.IsCancellationRequested || run.History.HasEnded)
                return false;
            var attempt = run.History.Attempt + 1;
            try
            {
                _worker = launcher.Start(run, attempt);
            }
            catch (IOException e)
            {
                LogCannotStart(e, run.Id);
                Fail("WORKER_NOT_STARTED", e.Message);
                return false;
            }

            var identity = _worker.Identity;
            LogStarted(run.Id, attempt, identity.Pid);
            run.Append(EventTypes.Started, $"Attempt {attempt} began.", RunEvents.Process(attempt, identity));
            return true;
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
    private bool? Decide(WorkerExit exit)
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
            run.Append(EventTypes.Queued, "The service stops; the run goes on at its next start.", Order());
            return true;
        }

        if (history.Stopped && history.AttemptMadeProgress)
        {
            run.Append(EventTypes.Queued, "The worker was asked to end from outside; the run goes on.", Order());
            return true;
        }

        RunEvents.AppendDeath(run, exit);
        LogDied(run.Id, history.Attempt, exit.Describe());
        if (exit.OutOfMemory == true && run.Record.Spec.Recovery is { OomBackoff: true })
            return BackOff();
        if (RunEvents.MayTryAgain(run))
            return null;
        Fail(exit.OutOfMemory == true ? "OUT_OF_MEMORY" : "WORKER_DIED", RunEvents.DescribeGivingUp(run, exit));
        return false;
    }

    // On a processor it is the kernel that says that memory is out, by ending the worker: the next one takes less.
    private bool? BackOff()
    {
        if (RunEvents.TryBackOff(run))
            return null;
        Fail("OUT_OF_MEMORY", "There is not enough memory for a single sequence at once. Resume tries again.");
        return false;
    }

    private IEnumerable<(string, JsonNode?)> Order() => [("order", run.History.QueueOrder)];

    private void Fail(string reason, string message) => run.Append(
        EventTypes.Failed, message, ("reason", reason), ("resumable", true));

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Id}: attempt {Attempt} is process {Pid}.")]
    private partial void LogStarted(string id, int attempt, int pid);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Id} has ended: {State}.")]
    private partial void LogEnded(string id, State state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Id}: the worker of attempt {Attempt} died: {How}.")]
    private partial void LogDied(string id, int attempt, string how);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Id}: no worker can be started.")]
    private partial void LogCannotStart(Exception error, string id);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Run {Id}: worker {Pid} still saves its checkpoint; the next start of the service finds it.")]
    private partial void LogLeftRunning(string id, int pid);
}
