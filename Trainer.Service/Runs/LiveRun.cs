using System.Text.Json.Nodes;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces;

namespace Platform.TrainerHost.Runs;

/// <summary>
/// A run in memory: a view of its folder that is brought up to date by reading what the files have gained. Everything
/// the service itself has to say goes into the files first and comes back through them.
/// </summary>
internal sealed class LiveRun
{
    private readonly Action<LiveRun, bool> _onChanged;
    private readonly TimeProvider _time;
    private readonly MetricLine _metricLine = new();
    private LineReader _events;
    private LineReader _metrics;
    private RunHistory _history = new();
    private TaskCompletionSource _changed = NewSource();

    private LiveRun(string folder, RunRecord record, Action<LiveRun, bool> onChanged, TimeProvider time)
    {
        Folder = folder;
        Record = record;
        _onChanged = onChanged;
        _time = time;
        _events = new LineReader(EventsPath(folder));
        _metrics = new LineReader(MetricsPath(folder));
        Current = new Run();
    }

    /// <summary>Held while the run's state is looked at and changed.</summary>
    public Lock Gate { get; } = new();

    public string Folder { get; }

    public string Id => Record.Id;

    /// <summary>What was asked; changed by <see cref="Rewrite"/>.</summary>
    public RunRecord Record { get; private set; }

    /// <summary>State and figures; read it under <see cref="Gate"/>.</summary>
    public RunHistory History => _history;

    /// <summary>The run as callers see it, but for its place in the queue. Never changed, only replaced.</summary>
    public Run Current { get; private set; }

    /// <summary>Completes at the next change of any file; take it before looking at them.</summary>
    public Task NextChange => Volatile.Read(ref _changed).Task;

    /// <summary>Complete lines of the metrics read so far.</summary>
    public long MetricLineCount => _metrics.LineCount;

    public static string EventsPath(string folder) => Path.Combine(folder, "events.jsonl");

    public static string MetricsPath(string folder) => Path.Combine(folder, "metrics.jsonl");

    /// <summary>Reads a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="onChanged">Told of changes; true where the state or the record is another one.</param>
    /// <param name="time">The clock for events.</param>
    public static LiveRun Open(string folder, Action<LiveRun, bool> onChanged, TimeProvider time)
    {
        var run = new LiveRun(folder, RunRecord.Read(folder), onChanged, time);
        run.ReadFiles();
        run.Current = RunView.Create(run.Record, run._history);
        return run;
    }

    /// <summary>Reads what the files have gained, and tells everyone who waits where there was something.</summary>
    public void Refresh()
    {
        bool changed, state;
        lock (Gate)
        {
            var before = _history.State;
            changed = ReadFiles();
            if (changed)
                Current = RunView.Create(Record, _history);
            state = before != _history.State;
        }

        if (changed)
            _onChanged(this, state);
        Pulse();
    }

    /// <summary>Wakes those who follow the run's files.</summary>
    public void Pulse() => Interlocked.Exchange(ref _changed, NewSource()).TrySetResult();

    /// <summary>Appends an event of the service.</summary>
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
        lock (Gate)
        {
            // A folder that someone deleted must not come back with this one file.
            if (!Directory.Exists(Folder))
                throw new DirectoryNotFoundException($"The folder of {Record.Name} is gone.");
            using var writer = new JsonLinesWriter(EventsPath(Folder));
            writer.Append(json);
        }

        Refresh();
    }

    /// <summary>Replaces the record, in its file first.</summary>
    public void Rewrite(RunRecord record)
    {
        lock (Gate)
        {
            record.Write(Folder);
            Record = record;
            Current = RunView.Create(Record, _history);
        }

        _onChanged(this, true);
        Pulse();
    }

    private bool ReadFiles()
    {
        try
        {
            return ReadNewLines();
        }
        catch (InvalidDataException)
        {
            // Someone replaced a file: it is read anew from its beginning.
            _events = new LineReader(EventsPath(Folder));
            _metrics = new LineReader(MetricsPath(Folder));
            _history = new RunHistory();
            ReadNewLines();
            return true;
        }
    }

    // Events first: what a resume supersedes is then known, all but always, before the first point behind it.
    private bool ReadNewLines()
    {
        var events = _events.ReadNew(line =>
        {
            if (RunEventLine.TryRead(line) is { } item)
                _history.Apply(item);
        });
        var metrics = _metrics.ReadNew(line =>
        {
            if (_metricLine.TryRead(line))
                _history.Apply(_metricLine);
        });
        return events + metrics > 0;
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
