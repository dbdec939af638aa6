using System.Collections.Concurrent;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Queue;
using Platform.TrainerHost.Runs;
using Platform.Workspaces;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Sweeps;

/// <summary>All sweeps, in memory; their folders are the truth.</summary>
internal sealed partial class SweepStore(
    DataRoot root, RunStore runs, PendingRuns pending, TimeProvider time, ILogger<SweepStore> logger)
{
    private readonly ConcurrentDictionary<string, LiveSweep> _sweeps = new();
    private readonly Lock _creating = new();

    /// <summary>Tells those who follow the list of every change.</summary>
    public ResourceChanges Changes { get; } = new();

    /// <summary>Reads every sweep and its trials.</summary>
    public void Open()
    {
        Directory.CreateDirectory(root.Sweeps);
        ResourceFolder.RemoveLeftovers(root.Sweeps);
        foreach (var id in root.Ids("sweeps"))
        {
            try
            {
                var sweep = _sweeps[id] = LiveSweep.Open(Path.Combine(root.Sweeps, id), Changes, time);
                foreach (var run in runs.OfSweep(sweep.Record.Name))
                    sweep.Update(run);
            }
            catch (Exception e) when (e is IOException or DataLossException)
            {
                LogUnreadable(e, id);
            }
        }
    }

    /// <summary>All sweeps, newest first.</summary>
    public IReadOnlyList<LiveSweep> All() =>
    [
        .. _sweeps.Values.Where(sweep => Exists(sweep.Record.Name))
            .OrderByDescending(sweep => sweep.Record.CreateTime)
            .ThenBy(sweep => sweep.Record.Id, StringComparer.Ordinal),
    ];

    /// <summary>One sweep.</summary>
    /// <exception cref="NotFoundException">There is none, or its folder was deleted.</exception>
    public LiveSweep Get(string id) => TryGet(id)
        ?? throw new NotFoundException("SWEEP_NOT_FOUND", $"There is no sweep sweeps/{id}.");

    /// <summary>One sweep; null where there is none, or its folder was deleted.</summary>
    public LiveSweep? TryGet(string id)
    {
        if (!_sweeps.TryGetValue(id, out var sweep) || File.Exists(Path.Combine(sweep.Folder, SweepRecord.FileName)))
            return sweep;
        LogMissing(id);
        _sweeps.TryRemove(id, out _);
        sweep.Pulse();
        return null;
    }

    /// <summary>Whether there is a sweep of this name.</summary>
    public bool Exists(string name) => TryGet(name["sweeps/".Length..]) is not null;

    /// <summary>Sweeps that have not ended and are built on a run.</summary>
    public IEnumerable<string> BuiltOn(string runId) => _sweeps.Values
        .Where(sweep => IsBuiltOn(sweep.Record.Spec.Base.BaseModel, runId) && !HasEnded(sweep))
        .Select(sweep => sweep.Record.Name);

    /// <summary>Makes a sweep, or answers the one that the same request made before.</summary>
    /// <exception cref="InvalidArgumentException">The request is wrong.</exception>
    /// <exception cref="AlreadyExistsException">The id is taken.</exception>
    public LiveSweep Create(CreateSweepRequest request, SweepPlanner planner)
    {
        var problems = new Violations();
        RunCreation.CheckWords(request.DisplayName, null, problems);
        RunCreation.CheckRequestId(request.RequestId, problems);
        RunCreation.CheckId(request.SweepId, "sweep_id", problems);
        problems.Require(request.SweepId.Length <= 56, "sweep_id", "At most 56 characters: trials add theirs.");
        lock (_creating)
        {
            if (request.RequestId.Length > 0
                && _sweeps.Values.FirstOrDefault(s => s.Record.RequestId == request.RequestId) is { } earlier)
                return earlier;
            var id = request.SweepId.Length > 0 ? request.SweepId : ResourceId.Create();
            var (spec, trials) = planner.Plan(id, request.Spec ?? new SweepSpec(), request.Preset, problems);
            problems.ThrowIfAny();
            return Create(new SweepRecord(id, spec, trials)
            {
                DisplayName = request.DisplayName,
                RequestId = request.RequestId,
                CreateTime = time.GetUtcNow(),
                Order = pending.NextOrder(),
            });
        }
    }

    /// <summary>Deletes a sweep with its trials' runs.</summary>
    /// <exception cref="FailedPreconditionException">It has not ended, or something is built on a trial.</exception>
    public void Delete(string id)
    {
        var sweep = Get(id);
        if (!HasEnded(sweep))
        {
            throw new FailedPreconditionException(
                "SWEEP_NOT_ENDED", $"{sweep.Record.Name} has not ended. Cancel it first.");
        }

        var made = runs.OfSweep(sweep.Record.Name);
        foreach (var run in made)
            RunDeletion.Check(runs.Load(RunStore.IdOf(run)), runs, this, sweep.Record.Name);
        ResourceFolder.Delete(sweep.Folder);
        _sweeps.TryRemove(id, out _);
        sweep.Pulse();
        foreach (var run in made)
            runs.Delete(RunStore.IdOf(run), RunDeletion.CheckEnded);
    }

    /// <summary>Whether a sweep has ended.</summary>
    public static bool HasEnded(LiveSweep sweep)
    {
        lock (sweep.Gate)
            return sweep.AllEnded;
    }

    private LiveSweep Create(SweepRecord record)
    {
        var folder = Path.Combine(root.Sweeps, record.Id);
        var taken = record.Trials.FirstOrDefault(trial => Directory.Exists(Path.Combine(root.Runs, trial.Run)));
        if (taken is not null)
            throw new AlreadyExistsException("RUN_EXISTS", $"There is a run runs/{taken.Run} already.");
        var hidden = ResourceFolder.BeginNew(folder);
        record.Write(hidden);
        if (!ResourceFolder.TryCommit(hidden, folder))
        {
            Directory.Delete(hidden, recursive: true);
            throw new AlreadyExistsException("SWEEP_EXISTS", $"There is a sweep {record.Name} already.");
        }

        CheckpointPins.Add(root, record.Spec.Base.BaseModel, record.Name);
        CheckpointPins.Add(root, record.Spec.Base.Lora?.Adapter, record.Name);
        var sweep = LiveSweep.Open(folder, Changes, time);
        lock (sweep.Gate)
            sweep.Append(SweepEventTypes.Created, $"{record.Trials.Count} trials were laid out.");
        return _sweeps[record.Id] = sweep;
    }

    private static bool IsBuiltOn(string baseModel, string runId) =>
        ResourceName.TryParse(baseModel, "runs") is { } name && name.Id == runId;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Id} cannot be read and is left out.")]
    private partial void LogUnreadable(Exception error, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder of sweep {Id} is gone; the sweep is forgotten.")]
    private partial void LogMissing(string id);
}
