using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workers;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Queue;

/// <summary>First come, first trained: takes runs from the queue and supervises those that train.</summary>
internal sealed partial class RunQueue(
    RunStore store,
    PendingRuns pending,
    WorkerLauncher launcher,
    IOptions<TrainerOptions> options,
    ILoggerFactory loggers,
    ILogger<RunQueue> logger) : BackgroundService
{
    private static readonly TimeSpan s_saveInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, (RunSupervisor Supervisor, Task Task)> _active = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _stopOnce = new();
    private Task? _stop;

    /// <summary>Brings everything in line with the folders before the first call is answered.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var recovery = new RunRecovery(launcher, loggers.CreateLogger<RunRecovery>());
        foreach (var run in store.Open())
        {
            var worker = recovery.Recover(run);
            if (worker is not null)
                Supervise(run, worker);
            else if (run.History.State == State.Queued)
                pending.Add(run.Id, run.History.QueueOrder);
            else
                store.Release(run);
        }

        LogOpened(_active.Count, pending.Count);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Queues a new run.</summary>
    /// <exception cref="AlreadyExistsException">The id is taken.</exception>
    /// <exception cref="ResourceExhaustedException">Too many wait.</exception>
    public Run Add(RunRecord record, long? order = null)
    {
        if (pending.Count >= options.Value.MaxQueuedRuns)
        {
            throw new ResourceExhaustedException(
                "QUEUE_FULL", $"{pending.Count} runs wait already; that is the most (setting Trainer:MaxQueuedRuns).");
        }

        var run = store.Create(record, order ?? pending.NextOrder());
        pending.Add(run.Id, run.History.QueueOrder);
        Wake();
        return pending.WithPosition(run.Current);
    }

    /// <summary>Queues a run again from its last checkpoint.</summary>
    /// <param name="id">The run's id.</param>
    /// <param name="maxSteps">A new number of steps; null: as before.</param>
    /// <param name="ranks">Another number of ranks; null: as before.</param>
    /// <exception cref="FailedPreconditionException">It has not ended, or has nothing left to do.</exception>
    public Run Resume(string id, long? maxSteps, int? ranks = null)
    {
        var run = store.Change(id, run =>
        {
            RunResume.Check(run, maxSteps, ranks);
            var spec = run.Record.Spec.Clone();
            spec.MaxSteps = maxSteps ?? spec.MaxSteps;
            spec.Ranks = ranks ?? spec.Ranks;
            if (!spec.Equals(run.Record.Spec))
                run.Rewrite(run.Record with { Spec = spec });

            var order = pending.NextOrder();
            run.Append(EventTypes.Queued, "The run was asked to go on.", ("order", order), ("by_caller", true));
            pending.Add(id, order);
            return run;
        });
        Wake();
        return pending.WithPosition(run.Current);
    }

    /// <summary>Ends a run: at once where it waits, else with a checkpoint, or without when called twice.</summary>
    /// <exception cref="FailedPreconditionException">It has ended.</exception>
    public Run Cancel(string id)
    {
        var run = store.Change(id, run =>
        {
            var state = run.History.State;
            if (run.History.HasEnded)
            {
                throw new FailedPreconditionException(
                    "RUN_ENDED", $"{run.Record.Name} has ended: {state.ToString().ToUpperInvariant()}.");
            }

            var again = state == State.Cancelling;
            run.Append(
                EventTypes.CancelRequested,
                again ? "The run was asked to end at once." : "The run was asked to end.");
            if (pending.Remove(id))
                run.Append(EventTypes.Cancelled, "The run was cancelled before its turn.");
            else if (_active.TryGetValue(id, out var active))
                active.Supervisor.Cancel(again);
            return run;
        });
        if (!_active.ContainsKey(id))
            store.Release(run);
        return run.Current;
    }

    /// <summary>Lets workers save what they have. A host may stop its services more than once.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_stopOnce)
            return _stop ??= StopOnceAsync(cancellationToken);
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_active.Values.Select(active => active.Task));
        await base.StopAsync(cancellationToken);
        store.Save();
    }

    public override void Dispose()
    {
        base.Dispose();
        _stopping.Dispose();
        _signal.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                StartNext();
                store.Save();
                await _signal.WaitAsync(s_saveInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    private void StartNext()
    {
        // A run that was resumed while its last worker is still on its way out waits for that.
        while (!_stopping.IsCancellationRequested && _active.Count < options.Value.MaxConcurrentRuns
            && pending.TakeFirst(id => !_active.ContainsKey(id)) is { } id)
        {
            if (store.TryGet(id) is null || store.TryGetLive(id) is not { } run)
                LogGone(id);
            else
                Supervise(run, null);
        }
    }

    private void Supervise(LiveRun run, WorkerProcess? worker)
    {
        var supervisor = new RunSupervisor(
            run, launcher, options.Value, loggers.CreateLogger<RunSupervisor>(), _stopping.Token);
        // Cancel must find it from the first moment on.
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _active[run.Id] = (supervisor, SuperviseAsync(run, supervisor, worker, begin.Task));
        begin.SetResult();
    }

    private async Task SuperviseAsync(LiveRun run, RunSupervisor supervisor, WorkerProcess? worker, Task begin)
    {
        await begin;
        var waits = false;
        try
        {
            waits = await supervisor.SuperviseAsync(worker);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No space, or the folder was deleted. What is on disk is settled at the next start.
            LogLost(e, run.Id);
        }
        finally
        {
            _active.TryRemove(run.Id, out _);
            if (waits && !_stopping.IsCancellationRequested)
                pending.Add(run.Id, run.History.QueueOrder);
            else
                store.Release(run);
            Wake();
        }
    }

    private void Wake()
    {
        try
        {
            if (_signal.CurrentCount == 0)
                _signal.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Someone else woke it, or the service has stopped.
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information, Message = "Runs that train on: {Training}; runs that wait: {Waiting}.")]
    private partial void LogOpened(int training, int waiting);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Id} is gone; it is taken out of the queue.")]
    private partial void LogGone(string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Id} cannot be supervised any longer.")]
    private partial void LogLost(Exception error, string id);
}
