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
    /// <summary>Workers that died in a row, from which on a run has the next one for itself.</summary>
    private const int DeathsInCompany = 2;

    private static readonly TimeSpan s_saveInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, (RunSupervisor Supervisor, Task Task)> _active = new();
    private readonly DeviceSlots _slots = new([.. options.Value.Devices], options.Value.MaxConcurrentRuns);
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _stopOnce = new();
    private int _holds;
    private Task? _stop;

    /// <summary>Brings everything in line with the folders before the first call is answered.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var recovery = new RunRecovery(launcher, loggers.CreateLogger<RunRecovery>());
        var adopted = new Dictionary<ProcessIdentity, (WorkerProcess Worker, List<LiveRun> Runs)>();
        foreach (var run in store.Open())
        {
            var worker = recovery.Recover(run);
            if (worker is not null && adopted.TryGetValue(worker.Identity, out var pack))
            {
                pack.Runs.Add(run);
                worker.Dispose();
            }
            else if (worker is not null)
                adopted.Add(worker.Identity, (worker, [run]));
            else if (run.History.State == State.Queued)
                pending.Add(run.Id, run.History.QueueOrder);
            else
                store.Release(run);
        }

        foreach (var (worker, runs) in adopted.Values)
            Supervise(runs, worker, _slots.Adopt(runs[0].History.Device));
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
                active.Supervisor.Cancel(run, again);
            return run;
        });
        if (!_active.ContainsKey(id))
            store.Release(run);
        return run.Current;
    }

    /// <summary>No run is begun until what is returned is disposed of: those that are added meanwhile may go together.
    /// </summary>
    public IDisposable Hold()
    {
        Interlocked.Increment(ref _holds);
        return new Holding(this);
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
        await Task.WhenAll(_active.Values.Select(active => active.Task).Distinct());
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
        while (!_stopping.IsCancellationRequested && Volatile.Read(ref _holds) == 0
            && TakeNext(out var device) is { } id)
        {
            if (store.TryGet(id) is null || store.TryGetLive(id) is not { } run)
            {
                LogGone(id);
                _slots.Return(device);
            }
            else
            {
                Supervise([run, .. TakeCompany(run)], null, device);
            }
        }
    }

    // The first whose device is free; the place is taken then.
    private string? TakeNext(out string device)
    {
        var found = "";
        var id = pending.TakeFirst(id =>
        {
            if (_active.ContainsKey(id)
                || _slots.TryTake(store.TryGetLive(id)?.Record.Spec.Device ?? "") is not { } free)
                return false;
            found = free;
            return true;
        });
        device = found;
        return id;
    }

    // Trials that wait and train in one pass with this one; one that ended its worker again and again goes alone.
    private IEnumerable<LiveRun> TakeCompany(LiveRun first)
    {
        if (first.Record.Pack is not { } pack || first.History.Deaths >= DeathsInCompany)
            yield break;
        var trials = first.Record.Sweep["sweeps/".Length..] + "-";
        for (var size = 1; size < pack.Size; size++)
        {
            if (pending.TakeFirst(id => id.StartsWith(trials, StringComparison.Ordinal) && GoesAlong(id)) is not { } id)
                yield break;
            yield return store.TryGetLive(id)!;
        }

        bool GoesAlong(string id) => !_active.ContainsKey(id) && store.TryGet(id) is not null
            && store.TryGetLive(id) is { } run && run.Record.Pack?.Key == pack.Key
            && run.History.Deaths < DeathsInCompany;
    }

    private void Supervise(IReadOnlyList<LiveRun> runs, WorkerProcess? worker, string device)
    {
        var supervisor = new RunSupervisor(
            runs, device, launcher, options.Value, loggers.CreateLogger<RunSupervisor>(), _stopping.Token);
        // Cancel must find it from the first moment on.
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var task = SuperviseAsync(runs, supervisor, worker, device, begin.Task);
        foreach (var run in runs)
            _active[run.Id] = (supervisor, task);
        begin.SetResult();
    }

    private async Task SuperviseAsync(
        IReadOnlyList<LiveRun> runs, RunSupervisor supervisor, WorkerProcess? worker, string device, Task begin)
    {
        await begin;
        IReadOnlyList<LiveRun> waiting = [];
        try
        {
            waiting = await supervisor.SuperviseAsync(worker);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No space, or the folder was deleted. What is on disk is settled at the next start.
            LogLost(e, runs[0].Id);
        }
        finally
        {
            _slots.Return(device);
            foreach (var run in runs)
            {
                _active.TryRemove(run.Id, out _);
                if (waiting.Contains(run) && !_stopping.IsCancellationRequested)
                    pending.Add(run.Id, run.History.QueueOrder);
                else
                    store.Release(run);
            }

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

    private sealed class Holding(RunQueue queue) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref queue._holds);
            queue.Wake();
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
