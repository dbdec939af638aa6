using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Platform.Workspaces;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Jobs;

/// <summary>
/// The jobs of one collection: at most one runs, the others wait in the order they came. Their folders are the truth;
/// what was queued or running when the service ended starts again with the next one, where it stood if its work can.
/// </summary>
internal sealed partial class JobQueue<TWork>(
    TWork work, DataRoot root, TimeProvider time, ILogger<JobQueue<TWork>> logger) : BackgroundService
    where TWork : class, IJobWork
{
    /// <summary>Jobs that may wait at once.</summary>
    public const int MaxQueued = 100;

    private readonly JobStore _store = new(root, TWork.Collection);
    private readonly ConcurrentDictionary<string, JobEntry> _entries = new();
    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>();
    private readonly Lock _changing = new();

    /// <summary>Tells those who follow the collection's list of every change.</summary>
    public ResourceChanges Changes { get; } = new();

    /// <summary>The folder of a resource of this collection.</summary>
    public string FolderOf(string id) => _store.FolderOf(id);

    /// <summary>Makes a job and lets it wait for its turn.</summary>
    /// <param name="id">The resource's id, checked by the caller; empty: a generated one.</param>
    /// <param name="displayName">For people.</param>
    /// <param name="requestId">A job with the same one is answered instead of a new one; empty: none.</param>
    /// <param name="spec">What to make, in JSON.</param>
    /// <exception cref="AlreadyExistsException">The id is taken.</exception>
    /// <exception cref="ResourceExhaustedException">Too many jobs wait.</exception>
    public Job Create(string id, string displayName, string requestId, JsonElement spec)
    {
        lock (_changing)
        {
            if (FindByRequest(requestId) is { } earlier)
                return earlier;
            if (List().Count(job => job.State == JobState.Queued) >= MaxQueued)
            {
                throw new ResourceExhaustedException(
                    "QUEUE_FULL", $"{MaxQueued} {TWork.Collection} wait already; try again when some are done.");
            }

            var job = new Job
            {
                Id = id.Length > 0 ? id : ResourceId.Create(),
                DisplayName = displayName,
                RequestId = requestId,
                Spec = spec,
                CreateTime = time.GetUtcNow(),
            };
            if (!_store.TryCreate(job))
                throw new AlreadyExistsException($"{TWork.Collection}/{job.Id} exists already.");
            _entries[job.Id] = new JobEntry(job, Changes);
            Changes.Notify(job.Id);
            _queue.Writer.TryWrite(job.Id);
            return job;
        }
    }

    /// <summary>The job that a request made earlier; null where there is none or <paramref name="requestId"/> is empty.
    /// </summary>
    public Job? FindByRequest(string requestId) =>
        requestId.Length > 0 ? List().FirstOrDefault(job => job.RequestId == requestId) : null;

    /// <summary>A job as it is now; null where there is none.</summary>
    public Job? Find(string id) => FindEntry(id)?.Job;

    /// <summary>All jobs, newest first.</summary>
    public IReadOnlyList<Job> List() =>
        [.. _store.Ids().Select(Find).OfType<Job>().OrderByDescending(job => job.CreateTime).ThenBy(job => job.Id)];

    /// <summary>Ends a job that waits or runs; one that has ended is left as it is.</summary>
    /// <exception cref="NotFoundException">There is no such job.</exception>
    public Job Cancel(string id)
    {
        lock (_changing)
        {
            var entry = FindEntry(id) ?? throw NotFound(id);
            switch (entry.Job.State)
            {
                case JobState.Queued:
                    return Save(entry, job => job with { State = JobState.Cancelled, EndTime = time.GetUtcNow() });
                case JobState.Running:
                    var cancelling = Save(entry, job => job with { State = JobState.Cancelling });
                    // Not at once: what the work does when it is told must not run inside this lock.
                    _ = entry.Cancellation!.CancelAsync();
                    return cancelling;
                default:
                    return entry.Job;
            }
        }
    }

    /// <summary>Deletes a job that has ended, with what it made.</summary>
    /// <exception cref="NotFoundException">There is no such job.</exception>
    /// <exception cref="FailedPreconditionException">It has not ended.</exception>
    public void Delete(string id)
    {
        lock (_changing)
        {
            var entry = FindEntry(id) ?? throw NotFound(id);
            if (!entry.Job.HasEnded)
                throw new FailedPreconditionException($"{TWork.Collection}/{id} is being made; cancel it first.");
            ResourceFolder.Delete(_store.FolderOf(id));
            _entries.TryRemove(id, out _);
            entry.Close();
            Changes.Notify(id);
        }
    }

    /// <summary>A job as it is, then every change until it ends or is deleted.</summary>
    /// <exception cref="NotFoundException">There is no such job.</exception>
    public async IAsyncEnumerable<Job> WatchAsync(
        string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = (FindEntry(id) ?? throw NotFound(id)).Watch(out var stop);
        try
        {
            await foreach (var job in reader.ReadAllAsync(cancellationToken))
                yield return job;
        }
        finally
        {
            stop();
        }
    }

    /// <summary>The error for an id that is not there.</summary>
    public static NotFoundException NotFound(string id) => new($"There is no {TWork.Collection}/{id}.");

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        ResourceFolder.RemoveLeftovers(_store.CollectionFolder);
        // In the order in which they were asked for.
        foreach (var job in List().OrderBy(job => job.CreateTime).ThenBy(job => job.Id, StringComparer.Ordinal))
        {
            var entry = _entries[job.Id];
            switch (job.State)
            {
                case JobState.Cancelling:
                    _store.Clear(job.Id);
                    Save(entry, found => found with { State = JobState.Cancelled, EndTime = time.GetUtcNow() });
                    break;
                case JobState.Running when work.IsComplete(_store.FolderOf(job.Id)):
                    Save(entry, found => found with { State = JobState.Succeeded, EndTime = time.GetUtcNow() });
                    break;
                case JobState.Running or JobState.Queued:
                    LogRequeued(TWork.Collection, job.Id);
                    Save(entry, found => found with { State = JobState.Queued, StartTime = null });
                    _queue.Writer.TryWrite(job.Id);
                    break;
            }
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var id in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            if (FindEntry(id) is not { } entry)
                continue;
            try
            {
                await RunAsync(entry, stoppingToken);
            }
            catch (IOException e)
            {
                // Not even the job's own file could be written: memory alone can tell, and the others go on.
                LogFailed(e, TWork.Collection, id, string.Empty);
                entry.Update(job => job with
                {
                    State = JobState.Failed,
                    Error = new JobFailure("IO_ERROR", e.Message),
                    EndTime = time.GetUtcNow(),
                    Progress = null,
                });
            }
        }
    }

    private async Task RunAsync(JobEntry entry, CancellationToken stoppingToken)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        lock (_changing)
        {
            if (entry.Job.State != JobState.Queued)
                return;
            // Inside the lock: it would remove a job file that Cancel is just writing beside.
            if (!work.GoesOn)
                _store.Clear(entry.Job.Id);
            entry.Cancellation = cancellation;
            Save(entry, job => job with { State = JobState.Running, StartTime = time.GetUtcNow() });
        }

        var end = await TryRunAsync(entry, cancellation.Token, stoppingToken);
        lock (_changing)
        {
            entry.Cancellation = null;
            if (end.State != JobState.Succeeded && !(work.GoesOn && end.State == JobState.Queued))
                _store.Clear(entry.Job.Id);
            Save(entry, job => job with
            {
                State = end.State,
                Error = end.Error,
                EndTime = end.State == JobState.Queued ? null : time.GetUtcNow(),
                Progress = null,
            });
        }
    }

    private async Task<(JobState State, JobFailure? Error)> TryRunAsync(
        JobEntry entry, CancellationToken cancellationToken, CancellationToken stoppingToken)
    {
        var job = entry.Job;
        try
        {
            var context = new JobContext(job, _store.FolderOf(job.Id), time, progress =>
                entry.Update(found => found.HasEnded ? found : found with { Progress = progress }));
            await Task.Run(() => work.RunAsync(context, cancellationToken), cancellationToken);
            return (JobState.Succeeded, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping is no one's wish to end the job: it goes on at the next start.
            return (entry.Job.State != JobState.Cancelling && stoppingToken.IsCancellationRequested
                ? JobState.Queued
                : JobState.Cancelled, null);
        }
        catch (PlatformException e)
        {
            return (JobState.Failed, new JobFailure(e.Reason, e.Message));
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            LogFailed(e, TWork.Collection, job.Id, string.Empty);
            var full = DiskFull.Error(_store.FolderOf(job.Id), e);
            return (JobState.Failed, new JobFailure(full.Reason, full.Message));
        }
        catch (IOException e)
        {
            LogFailed(e, TWork.Collection, job.Id, string.Empty);
            return (JobState.Failed, new JobFailure("IO_ERROR", e.Message));
        }
        catch (Exception e)
        {
            var id = Guid.NewGuid().ToString("N")[..12];
            LogFailed(e, TWork.Collection, job.Id, id);
            return (JobState.Failed, new JobFailure(
                "INTERNAL", $"Something went wrong inside the service. Its log has more under the id {id}."));
        }
    }

    private JobEntry? FindEntry(string id)
    {
        if (!_store.Exists(id))
        {
            // Deleted by hand: whoever watches it is told by the end of the stream.
            if (_entries.TryRemove(id, out var gone))
            {
                gone.Close();
                Changes.Notify(id);
            }

            return null;
        }

        if (_entries.TryGetValue(id, out var entry))
            return entry;
        if (_store.TryLoad(id, out var problem) is { } job)
            return _entries.GetOrAdd(id, new JobEntry(job, Changes));
        if (problem is not null)
            LogUnreadable(TWork.Collection, id, problem);
        return null;
    }

    private Job Save(JobEntry entry, Func<Job, Job> change)
    {
        // On disk first, so that no watcher hears of what a restart would not know.
        var changed = change(entry.Job);
        _store.Save(changed);
        // Not change again: its times would be others than those on disk.
        return entry.Update(_ => changed);
    }

    [LoggerMessage(
        Level = LogLevel.Information, Message = "{Collection}/{Id} was interrupted; it waits for its turn again.")]
    private partial void LogRequeued(string collection, string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Collection}/{Id} failed. {ErrorId}")]
    private partial void LogFailed(Exception error, string collection, string id, string errorId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job file of {Collection}/{Id} cannot be read: {Problem}")]
    private partial void LogUnreadable(string collection, string id, string problem);
}
