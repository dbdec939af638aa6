using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workspaces;
using Platform.Workspaces.Changes;

namespace Platform.TrainerHost.Sweeps;

/// <summary>
/// A sweep in memory: its trials as their runs have them. What the sweep itself has to say (cancelled, resumed, tried
/// again, ended) stands in its <c>events.jsonl</c>.
/// </summary>
/// <remarks>Take <see cref="Gate"/> around all but what is said to be safe.</remarks>
internal sealed class LiveSweep
{
    private readonly TimeProvider _time;
    private readonly ResourceChanges _changes;
    private readonly Trial[] _trials;
    private readonly Dictionary<string, int> _byRun;
    private readonly bool[] _made;
    private readonly int[] _triesLeft;
    private readonly int[] _rungs;
    private readonly IReadOnlyList<long> _rungSteps;
    private readonly Dictionary<(int Rung, int Trial), double> _passed = [];
    private TaskCompletionSource _changed = NewSource();

    private LiveSweep(string folder, SweepRecord record, ResourceChanges changes, TimeProvider time)
    {
        (_changes, _time) = (changes, time);
        Folder = folder;
        Record = record;
        _trials = [.. record.Trials.Select(CreateTrial)];
        _byRun = record.Trials.ToDictionary(plan => plan.Run, plan => plan.Number - 1);
        _made = new bool[_trials.Length];
        _triesLeft = [.. Enumerable.Repeat(1, _trials.Length)];
        _rungs = new int[_trials.Length];
        _rungSteps = record.Spec.Strategy == Strategy.SuccessiveHalving ? Rungs.Steps(record.Spec) : [];
        new LineReader(EventsPath(folder)).ReadNew(line =>
        {
            if (RunEventLine.TryRead(line) is { } item)
                Apply(item);
        });
    }

    public Lock Gate { get; } = new();

    public string Folder { get; }

    /// <summary>Safe at any time.</summary>
    public SweepRecord Record { get; }

    /// <summary>Whether a caller wants it to end.</summary>
    public bool CancelRequested { get; private set; }

    /// <summary>Whether its time was up before every trial had begun: no trial begins any more.</summary>
    public bool LimitReached { get; private set; }

    /// <summary>When its time is up, where it has a bound and has begun.</summary>
    public DateTimeOffset? Deadline => Record.Spec.MaxSeconds > 0 && StartTime is { } start
        ? start.ToDateTimeOffset().AddSeconds(Record.Spec.MaxSeconds)
        : null;

    /// <summary>Whether its end was noted: from then on no trial is made or tried again.</summary>
    public bool EndNoted { get; private set; }

    /// <summary>When its first trial began.</summary>
    public Timestamp? StartTime { get; private set; }

    /// <summary>When its last trial ended.</summary>
    public Timestamp? EndTime { get; private set; }

    /// <summary>Its trials, in their order. A message is replaced, never changed.</summary>
    public IReadOnlyList<Trial> Trials => _trials;

    /// <summary>Completes at the next change; safe at any time.</summary>
    public Task NextChange => Volatile.Read(ref _changed).Task;

    public static string EventsPath(string folder) => Path.Combine(folder, "events.jsonl");

    /// <summary>Reads a sweep's folder; its trials are told with <see cref="Update"/>.</summary>
    public static LiveSweep Open(string folder, ResourceChanges changes, TimeProvider time) =>
        new(folder, SweepRecord.Read(folder), changes, time);

    /// <summary>Takes in a trial's run as it is now.</summary>
    public void Update(Run run)
    {
        if (!_byRun.TryGetValue(RunStore.IdOf(run), out var i))
            return;
        _made[i] = true;
        if (run.StartTime is { } start && (StartTime is null || start < StartTime))
            StartTime = start;
        if (run.EndTime is { } end && (EndTime is null || end > EndTime))
            EndTime = end;
        for (var rung = 0; rung < _rungSteps.Count; rung++)
        {
            if (run.Spec.MaxSteps >= _rungSteps[rung])
                _rungs[i] = rung;
        }

        _trials[i] = TrialView.Create(Record, Record.Trials[i], run, _trials[i].Retries);
    }

    /// <summary>Trials of a sweep by successive halving that are to train on, and for how many steps.</summary>
    public IReadOnlyList<(Trial Trial, int Rung, double Objective, long Steps)> DueForPromotion()
    {
        if (_rungSteps.Count == 0 || IsStopping)
            return [];
        var due = Rungs.Promotions(Record.Spec, _trials, _rungs, _passed);
        return [.. due.Select(item => (item.Trial, item.Rung, item.Objective, _rungSteps[item.Rung]))];
    }

    /// <summary>Whether a trial has come to an earlier end than those that went on.</summary>
    public bool IsPruned(int index) => _rungSteps.Count > 0 && _trials[index].State == State.Succeeded
        && _rungs[index] < _rungSteps.Count - 1;

    /// <summary>The index of the trial that a run carries out; −1 where it is none of this sweep.</summary>
    public int IndexOf(string runId) => _byRun.GetValueOrDefault(runId, -1);

    /// <summary>A trial's run is gone.</summary>
    public void Forget(int index)
    {
        _made[index] = false;
        _trials[index] = CreateTrial(Record.Trials[index]);
    }

    /// <summary>Trials whose run is to be made, in order.</summary>
    public IEnumerable<TrialPlan> NotMade() => Record.Trials.Where(plan => !_made[plan.Number - 1]);

    /// <summary>Runs made that have not ended.</summary>
    public int UnderWay => Enumerable.Range(0, _trials.Length).Count(i => _made[i] && !TrialView.HasEnded(_trials[i]));

    /// <summary>Trials that failed and are due for another try.</summary>
    public IReadOnlyList<TrialPlan> DueForRetry() => IsStopping
        ? []
        : [.. Record.Trials.Where(plan => IsDue(plan.Number - 1))];

    /// <summary>Whether every trial has ended for good.</summary>
    public bool AllEnded
    {
        get
        {
            if (DueForPromotion().Count > 0)
                return false;
            for (var i = 0; i < _trials.Length; i++)
            {
                if (!EndNoted && !(_made[i] ? TrialView.HasEnded(_trials[i]) && !IsDue(i) : IsStopping))
                    return false;
            }

            return true;
        }
    }

    /// <summary>Whether a trial is cancelled because its sweep was, before its run was made.</summary>
    public bool IsDropped(int index) => !_made[index] && IsStopping;

    /// <summary>Whether no trial is begun any more.</summary>
    public bool IsStopping => CancelRequested || LimitReached || EndNoted;

    /// <summary>Notes something in the sweep's events and acts on it.</summary>
    public void Append(string type, string message, params IEnumerable<(string Key, JsonNode? Value)> details)
    {
        var json = new JsonObject
        {
            ["time"] = RunRecord.Format(_time.GetUtcNow()),
            ["type"] = type,
            ["message"] = message,
        };
        foreach (var (key, value) in details)
            json[key] = value;
        if (!Directory.Exists(Folder))
            throw new DirectoryNotFoundException($"The folder of {Record.Name} is gone.");
        using (var writer = new JsonLinesWriter(EventsPath(Folder)))
            writer.Append(json);
        Apply(RunEventLine.TryRead(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()))!);
    }

    /// <summary>Wakes those who follow the sweep or the list of sweeps; safe at any time.</summary>
    public void Pulse()
    {
        Interlocked.Exchange(ref _changed, NewSource()).TrySetResult();
        _changes.Notify(Record.Id);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Trial CreateTrial(TrialPlan plan) => new()
    {
        Number = plan.Number,
        Run = $"runs/{plan.Run}",
        Dataset = plan.Dataset,
        Settings = plan.Settings,
        State = State.Queued,
        Repeat = plan.Repeat,
    };

    private bool IsDue(int i) =>
        !IsStopping && _made[i] && _trials[i].State == State.Failed && _triesLeft[i] > 0;

    private void Apply(RunEventLine line)
    {
        switch (line.Type)
        {
            case SweepEventTypes.CancelRequested:
                CancelRequested = true;
                break;
            case SweepEventTypes.Resumed:
                (CancelRequested, EndNoted, LimitReached) = (false, false, false);
                Array.Fill(_triesLeft, 1);
                break;
            case SweepEventTypes.Retried when line.Long("trial") is { } number && number <= _trials.Length:
                _triesLeft[number - 1]--;
                _trials[number - 1] = _trials[number - 1].Clone();
                _trials[number - 1].Retries++;
                break;
            case SweepEventTypes.Promoted when line.Long("trial") is { } trial && line.Long("rung") is { } rung:
                _passed[((int)rung - 1, (int)trial)] = line.Double("objective") ?? double.NaN;
                break;
            case SweepEventTypes.LimitReached:
                LimitReached = true;
                break;
            case SweepEventTypes.Ended:
                EndNoted = true;
                break;
            default:
                break;
        }
    }
}
