using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Platform.Contracts.Common.V1;
using Platform.Workers;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>
/// Runs evaluations one after the other, the oldest first, each in a worker process. A worker that an earlier life of
/// this service has started is taken up again.
/// </summary>
internal sealed partial class EvaluationRunner(
    EvaluationStore store,
    DataRoot root,
    IOptions<EvalOptions> options,
    TimeProvider time,
    ILogger<EvaluationRunner> logger) : BackgroundService
{
    private const string FolderOption = "--evaluation";

    // How often a running evaluation's files are looked at: quick for eyes, cheap for the disk.
    private static readonly TimeSpan s_refreshInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _transitions = new();
    private readonly SemaphoreSlim _work = new(0);
    private (EvaluationEntry Entry, WorkerProcess Process)? _current;

    /// <summary>Tells that an evaluation waits.</summary>
    public void Wake() => _work.Release();

    /// <summary>Ends an evaluation: what was graded stays. A second wish ends its worker at once.</summary>
    /// <exception cref="FailedPreconditionException">It has ended.</exception>
    public void Cancel(EvaluationEntry entry)
    {
        lock (_transitions)
        {
            entry.Refresh();
            var state = entry.History.State;
            if (entry.History.IsTerminal)
                throw new FailedPreconditionException("EVALUATION_ENDED", $"'{entry.Name}' has ended already.");
            Append(entry, EvaluationEvents.CancelRequested, "a caller asked to cancel it");
            if (_current is { } current && current.Entry == entry)
            {
                if (state == State.Cancelling)
                    current.Process.Kill();
                else
                    current.Process.Terminate();
            }
            else
            {
                Append(entry, EvaluationEvents.Cancelled, "cancelled before it began");
            }
        }
    }

    /// <summary>Goes on with an evaluation that was cancelled or has failed.</summary>
    /// <exception cref="FailedPreconditionException">It is in another state.</exception>
    public void Resume(EvaluationEntry entry)
    {
        lock (_transitions)
        {
            entry.Refresh();
            if (entry.History.State is not (State.Failed or State.Cancelled))
            {
                throw new FailedPreconditionException(
                    "NOT_RESUMABLE",
                    $"'{entry.Name}' is {entry.History.State}; only FAILED and CANCELLED ones can be resumed.");
            }

            Append(entry, EvaluationEvents.Queued, "a caller asked to resume it", ("by_caller", true));
        }

        Wake();
    }

    /// <summary>Deletes an evaluation that has ended.</summary>
    /// <exception cref="FailedPreconditionException">It has not.</exception>
    public void Delete(EvaluationEntry entry)
    {
        lock (_transitions)
        {
            entry.Refresh();
            if (!entry.History.IsTerminal)
            {
                throw new FailedPreconditionException(
                    "EVALUATION_ACTIVE", $"'{entry.Name}' is {entry.History.State}; cancel it first.");
            }

            store.Delete(entry);
        }
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the first call is answered.
        store.Load();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            await TakeUpAsync(stoppingToken);
            while (true)
            {
                if (StartNext() is { } process)
                    await FollowAsync(process, stoppingToken);
                else
                    await _work.WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops; whatever ran was told to end.
        }
    }

    // What ran when the service ended: its worker may still run, or has ended meanwhile. One that was started just
    // before the end may stand in no file yet.
    private async Task TakeUpAsync(CancellationToken stoppingToken)
    {
        var open = store.All.Where(entry => !entry.History.IsTerminal).ToList();
        var found = open.Count > 0 ? WorkerFinder.ByArgument(FolderOption) : new Dictionary<string, ProcessIdentity>();
        foreach (var entry in open)
        {
            var identity = WorkerFile.TryRead(entry.Folder)?.Identity;
            if (identity is not { IsAlive: true } && found.TryGetValue(entry.Folder, out var other))
                identity = other;
            if (identity is { } alive && WorkerProcess.TryAdopt(alive) is { } process)
            {
                TakeUp(entry, process);
                await FollowAsync(process, stoppingToken);
            }
            else if (entry.History.State != State.Queued)
            {
                lock (_transitions)
                    Settle(entry, WorkerExit.Unknown);
            }
        }
    }

    private void TakeUp(EvaluationEntry entry, WorkerProcess process)
    {
        LogTakenUp(entry.Name, process.Identity.Pid);
        lock (_transitions)
        {
            _current = (entry, process);
            if (entry.History.State == State.Queued)
                RecordStart(entry, process.Identity, entry.History.Attempt + 1);
            if (entry.History.State == State.Cancelling)
                process.Terminate();
        }
    }

    private WorkerProcess? StartNext()
    {
        lock (_transitions)
        {
            var entry = store.All
                .Where(entry => entry.History.State == State.Queued)
                .OrderBy(entry => entry.History.QueueTime)
                .FirstOrDefault();
            return entry is null ? null : Start(entry);
        }
    }

    private WorkerProcess? Start(EvaluationEntry entry)
    {
        var attempt = entry.History.Attempt + 1;
        var command = WorkerCommand.Create(
            typeof(EvaluationRunner).Assembly,
            [],
            "worker", FolderOption, entry.Folder, "--data-root", root.Path, "--attempt", $"{attempt}");
        try
        {
            var process = WorkerProcess.Start(new WorkerStart(command, Path.Combine(entry.Folder, "log.txt")));
            RecordStart(entry, process.Identity, attempt);
            _current = (entry, process);
            return process;
        }
        catch (IOException e)
        {
            LogNotStarted(e, entry.Name);
            if (Directory.Exists(entry.Folder))
                Fail(entry, "WORKER_NOT_STARTED", e.Message);
            else
                store.Delete(entry); // by hand, meanwhile
            Wake();
            return null;
        }
    }

    private void RecordStart(EvaluationEntry entry, ProcessIdentity identity, int attempt)
    {
        new WorkerFile(identity.Pid, identity.StartTicks, attempt, time.GetUtcNow()).Write(entry.Folder);
        Append(
            entry,
            EvaluationEvents.Started,
            $"attempt {attempt}",
            ("attempt", attempt), ("pid", identity.Pid), ("start_ticks", identity.StartTicks));
    }

    private async Task FollowAsync(WorkerProcess process, CancellationToken stoppingToken)
    {
        var entry = _current!.Value.Entry;
        using (process)
        using (var watch = new FolderWatch(entry.Folder))
        {
            while (!process.Exited.IsCompleted && !stoppingToken.IsCancellationRequested)
            {
                entry.Refresh();
                await Task.WhenAny(process.Exited, watch.NextAsync(stoppingToken));
                await Task.WhenAny(process.Exited, Task.Delay(s_refreshInterval, time, stoppingToken));
            }

            if (!process.Exited.IsCompleted)
                await StopAsync(process);
            var exit = await process.Exited;
            lock (_transitions)
            {
                _current = null;
                Settle(entry, exit);
            }
        }

        stoppingToken.ThrowIfCancellationRequested();
    }

    // The service stops in order: the worker saves what it has, and the evaluation waits for the next start.
    private async Task StopAsync(WorkerProcess process)
    {
        process.Terminate();
        var limit = Task.Delay(TimeSpan.FromSeconds(options.Value.StopSeconds), time);
        if (await Task.WhenAny(process.Exited, limit) == limit)
            process.Kill();
    }

    // Says what the end of a worker means.
    private void Settle(EvaluationEntry entry, WorkerExit exit)
    {
        if (!Directory.Exists(entry.Folder))
        {
            store.Delete(entry); // by hand, meanwhile
            return;
        }

        entry.Refresh();
        if (entry.History.IsTerminal)
            return;
        if (entry.History.State == State.Cancelling)
        {
            Append(entry, EvaluationEvents.Cancelled, "cancelled");
            return;
        }

        var rebooted = WorkerFile.TryRead(entry.Folder)?.Started < MachineBoot.Time;
        if (!entry.History.WorkerStopped && !rebooted)
        {
            LogDied(entry.Name, exit.Describe());
            Append(
                entry,
                EvaluationEvents.WorkerDied,
                $"The worker {exit.Describe()}.",
                ("exit", exit.Describe()), ("graded", entry.DoneCount));
        }

        if (entry.History.DeathsWithoutProgress > options.Value.MaxRestarts)
            Fail(entry, "WORKER_DIED",
                $"The worker {exit.Describe()}, again without having graded anything. See log.txt.");
        else
            Append(entry, EvaluationEvents.Queued, "goes on from what was graded");
        Wake();
    }

    private void Fail(EvaluationEntry entry, string reason, string message) =>
        Append(entry, EvaluationEvents.Failed, message, ("reason", reason), ("resumable", true));

    private void Append(
        EvaluationEntry entry, string type, string message,
        params ReadOnlySpan<(string Key, JsonNode? Value)> details) =>
        entry.Append(EvaluationEvents.New(type, message, time.GetUtcNow(), details));

    [LoggerMessage(Level = LogLevel.Information, Message = "{Evaluation} is still being graded by process {Pid}.")]
    private partial void LogTakenUp(string evaluation, int pid);

    [LoggerMessage(Level = LogLevel.Error, Message = "Could not start a worker for {Evaluation}.")]
    private partial void LogNotStarted(Exception error, string evaluation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The worker of {Evaluation} {Exit}.")]
    private partial void LogDied(string evaluation, string exit);
}
