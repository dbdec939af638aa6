using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Index;
using Platform.TrainerHost.Metrics;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>
/// All runs: those that wait or train in memory, the others in the index; the folders are the truth for both.
/// </summary>
internal sealed partial class RunStore(
    DataRoot root,
    RunIndex index,
    RunChanges changes,
    MetricsCache metrics,
    TimeProvider time,
    ILogger<RunStore> logger)
{
    private const int RowsAtOnce = 500;

    private readonly ConcurrentDictionary<string, LiveRun> _live = new();
    private readonly ConcurrentDictionary<string, LiveRun> _unsaved = new();

    /// <summary>Held while runs come into being, go, or are taken into memory.</summary>
    private readonly Lock _structure = new();

    /// <summary>Held while a caller's wish is carried out. Taken before any other.</summary>
    private readonly Lock _commands = new();

    /// <summary>
    /// Brings the index in line with the folders and takes every run that has not ended into memory.
    /// </summary>
    public IReadOnlyList<LiveRun> Open()
    {
        Directory.CreateDirectory(root.Runs);
        ResourceFolder.RemoveLeftovers(root.Runs);
        if (!index.Open())
            RemoveMissing();
        IndexChanged();
        return [.. index.NotEnded().Select(TryLoad).OfType<LiveRun>()];
    }

    /// <summary>One run.</summary>
    /// <exception cref="NotFoundException">There is none, or its folder was deleted.</exception>
    public Run Get(string id) => TryGet(id) ?? throw NotFound(id);

    /// <summary>One run; null where there is none, or its folder was deleted.</summary>
    public Run? TryGet(string id)
    {
        var run = _live.TryGetValue(id, out var live) ? live.Current : WithIndex(() => index.Get(id));
        if (run is null || File.Exists(Path.Combine(root.Runs, id, RunRecord.FileName)))
            return run;
        Forget(id);
        return null;
    }

    /// <summary>The run that a request made; null where there is none.</summary>
    public Run? ByRequest(string requestId) =>
        WithIndex(() => index.ByRequest(requestId)) is { } run ? TryGet(IdOf(run)) : null;

    /// <summary>A page of runs that match.</summary>
    public RunPage List(RunFilter filter, RunOrder order, (object Key, string Id)? behind, int count)
    {
        Save();
        var rows = WithIndex(() => index.List(filter, order, behind, count));
        var runs = rows.Select(row => TryGet(IdOf(row.Run))).OfType<Run>().ToList();
        (object, string)? last = rows.Count == count ? (rows[^1].Key, IdOf(rows[^1].Run)) : null;
        return new RunPage(runs, WithIndex(() => index.Count(filter)), last);
    }

    /// <summary>Which runs stand on a page, and how many there are.</summary>
    public RunOutline Outline(RunFilter filter, RunOrder order, int skip, int count)
    {
        Save();
        return WithIndex(() => new RunOutline(
            index.Ids(filter, order, skip, count), index.Count(filter), index.CountByState(filter)));
    }

    /// <summary>The tags and the data sets of all runs, the most used first.</summary>
    public (IReadOnlyList<string> Tags, IReadOnlyList<string> Datasets) WordsInUse() =>
        WithIndex(() => (index.Tags(), index.Datasets()));

    /// <summary>A run if it matches; null else.</summary>
    public Run? TryGetMatching(RunFilter filter, string id) =>
        WithIndex(() => index.Matches(filter, id)) ? TryGet(id) : null;

    /// <summary>A sweep's trials that were made so far.</summary>
    public IReadOnlyList<Run> OfSweep(string sweep) =>
        [.. WithIndex(() => index.OfSweep(sweep)).Select(run => TryGet(IdOf(run))).OfType<Run>()];

    /// <summary>Runs that are built on a run.</summary>
    public IReadOnlyList<string> BuiltOn(string id) =>
        [.. WithIndex(() => index.BuiltOn(id)).Where(other => other != id && TryGet(other) is not null)];

    /// <summary>A run in memory, read from its folder if need be.</summary>
    /// <exception cref="NotFoundException">There is none.</exception>
    /// <exception cref="DataLossException">Its run.json cannot be read.</exception>
    public LiveRun Load(string id)
    {
        if (TryGet(id) is null)
            throw NotFound(id);
        lock (_structure)
        {
            if (_live.TryGetValue(id, out var live))
                return live;
            try
            {
                return _live[id] = LiveRun.Open(Path.Combine(root.Runs, id), OnChanged, time);
            }
            catch (IOException)
            {
                throw NotFound(id);
            }
        }
    }

    /// <summary>Does something with a run under its gate; one call at a time, so that none undoes another.</summary>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    public T Change<T>(string id, Func<LiveRun, T> action)
    {
        lock (_commands)
        {
            while (true)
            {
                var run = Load(id);
                lock (run.Gate)
                {
                    // It may have been released since it was loaded.
                    if (ReferenceEquals(TryGetLive(id), run))
                        return action(run);
                }
            }
        }
    }

    /// <summary>Those that wait or train, and some that have just ended.</summary>
    public IEnumerable<LiveRun> InMemory => _live.Values;

    /// <summary>A run in memory; null where it has ended or does not exist.</summary>
    public LiveRun? TryGetLive(string id) => _live.GetValueOrDefault(id);

    /// <summary>Makes a run's folder with its first events and takes it into memory.</summary>
    /// <exception cref="AlreadyExistsException">The id is taken.</exception>
    public LiveRun Create(RunRecord record, long order)
    {
        var folder = Path.Combine(root.Runs, record.Id);
        var hidden = ResourceFolder.BeginNew(folder);
        var events = RunCreation.Events(record, order);
        record.Write(hidden);
        using (var writer = new JsonLinesWriter(LiveRun.EventsPath(hidden)))
        {
            foreach (var line in events)
                writer.Append(line);
        }

        lock (_structure)
        {
            if (!ResourceFolder.TryCommit(hidden, folder))
            {
                Directory.Delete(hidden, recursive: true);
                throw new AlreadyExistsException("RUN_EXISTS", $"There is a run {record.Name} already.");
            }

            var run = _live[record.Id] = LiveRun.Open(folder, OnChanged, time);
            OnChanged(run, true);
            return run;
        }
    }

    /// <summary>Deletes a run's folder.</summary>
    /// <param name="id">The run's id.</param>
    /// <param name="check">Throws where it must not go.</param>
    public void Delete(string id, Action<LiveRun> check)
    {
        lock (_commands)
        {
            check(Load(id));
            lock (_structure)
                ResourceFolder.Delete(Path.Combine(root.Runs, id));
            Forget(id);
        }
    }

    /// <summary>Lets go of a run that has ended; the index answers for it from now on.</summary>
    public void Release(LiveRun run)
    {
        lock (_structure)
        {
            // It may have been released before and taken into memory anew: what stands here would be the older one.
            if (!ReferenceEquals(TryGetLive(run.Id), run))
                return;
            lock (run.Gate)
            {
                if (!run.History.HasEnded)
                    return;
            }

            if (File.Exists(Path.Combine(run.Folder, RunRecord.FileName)))
                WithIndex(() => index.Put([RunRow.Of(run)]));
            _unsaved.TryRemove(run.Id, out _);
            _live.TryRemove(run.Id, out _);
        }
    }

    /// <summary>Brings the index up to date with the runs in memory.</summary>
    public void Save()
    {
        var runs = new List<LiveRun>();
        foreach (var id in _unsaved.Keys)
        {
            if (_unsaved.TryRemove(id, out var run) && _live.ContainsKey(id))
                runs.Add(run);
        }

        if (runs.Count > 0)
            WithIndex(() => index.Put([.. runs.Select(RunRow.Of)]));
    }

    /// <summary>A run's id by its message.</summary>
    public static string IdOf(Run run) => run.Name["runs/".Length..];

    private static NotFoundException NotFound(string id) => new("RUN_NOT_FOUND", $"There is no run runs/{id}.");

    private void OnChanged(LiveRun run, bool state)
    {
        _unsaved[run.Id] = run;
        if (state)
            Save();
        changes.Notify(run.Id);
    }

    private void Forget(string id)
    {
        _live.TryRemove(id, out var live);
        _unsaved.TryRemove(id, out _);
        metrics.Forget(id);
        WithIndex(() => index.Remove(id));
        changes.Notify(id);
        live?.Pulse();
    }

    private LiveRun? TryLoad(string id)
    {
        try
        {
            return Load(id);
        }
        catch (PlatformException e)
        {
            LogUnreadable(e, id);
            return null;
        }
    }

    private void RemoveMissing()
    {
        foreach (var id in index.Stamps().Keys)
        {
            if (File.Exists(Path.Combine(root.Runs, id, RunRecord.FileName)))
                continue;
            LogMissing(id);
            index.Remove(id);
        }
    }

    private void IndexChanged()
    {
        var stamps = index.Stamps();
        var rows = new List<RunRow>();
        foreach (var id in root.Ids("runs"))
        {
            var folder = Path.Combine(root.Runs, id);
            if (stamps.TryGetValue(id, out var stamp) && stamp == RunRow.StampOf(folder))
                continue;
            try
            {
                rows.Add(RunRow.Of(LiveRun.Open(folder, OnChanged, time)));
            }
            catch (Exception e) when (e is IOException or DataLossException)
            {
                LogUnreadable(e, id);
            }

            if (rows.Count < RowsAtOnce)
                continue;
            index.Put(rows);
            rows.Clear();
        }

        index.Put(rows);
    }

    private void WithIndex(Action action) => WithIndex(() =>
    {
        action();
        return true;
    });

    /// <summary>Does something with the index; a broken one is made anew from the folders first.</summary>
    private T WithIndex<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e) when (RunIndex.IsCorruption(e))
        {
            LogBroken(e);
            index.Recreate();
            IndexChanged();
            return action();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder of run {Id} is gone; the run is forgotten.")]
    private partial void LogMissing(string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Id} cannot be read and is left out.")]
    private partial void LogUnreadable(Exception error, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The index is broken; it is made anew from the run folders.")]
    private partial void LogBroken(Exception error);
}
