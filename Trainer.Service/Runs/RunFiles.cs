using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces;

namespace Platform.TrainerHost.Runs;

/// <summary>One caller's place in a run's files.</summary>
internal sealed class RunFiles(string folder, WatchRunRequest request)
{
    private const int LinesAtOnce = 500;
    private const int FirstLogLines = 200;

    private readonly LineReader _metrics = new(LiveRun.MetricsPath(folder));
    private readonly LineReader _events = new(LiveRun.EventsPath(folder));
    private readonly LineReader _samples = new(SamplesPath(folder));
    private readonly LogTail? _log = request.IncludeLog ? new LogTail(Path.Combine(folder, "log.txt")) : null;
    private readonly ResumeMarks _marks = new();
    private readonly MetricLine _line = new();
    private DateTime _since = DateTime.MinValue;

    /// <summary>Lines of the metrics that were sent or passed over.</summary>
    public long Cursor => _metrics.LineCount;

    public static string SamplesPath(string folder) => Path.Combine(folder, "samples.jsonl");

    /// <summary>Goes to where the caller wants to begin.</summary>
    public void Begin()
    {
        if (request.SkipHistory)
        {
            _metrics.ReadNew(_ => { });
            _samples.ReadNew(_ => { });
            _events.ReadNew(line => Note(RunEventLine.TryRead(line)));
        }
        else if (request.AfterCursor > 0)
        {
            _metrics.ReadNew(
                line =>
                {
                    if (_line.TryRead(line))
                        _since = _line.Time;
                },
                request.AfterCursor);
        }
    }

    /// <summary>What the files have gained; at most so much that a message stays small.</summary>
    /// <param name="more">Whether there is more at once.</param>
    public IReadOnlyList<WatchRunResponse> Read(out bool more)
    {
        // The points first, though they are sent behind the events: the events that belong to them are there by then.
        var read = new List<MetricPoint>();
        var count = _metrics.ReadNew(ReadPoints, LinesAtOnce);
        var messages = new List<WatchRunResponse>();
        _events.ReadNew(line =>
        {
            if (Note(RunEventLine.TryRead(line)) is { } item && item.Time >= _since)
                messages.Add(new WatchRunResponse { Event = ToMessage(item) });
        });
        var points = read.Where(point => !_marks.IsSuperseded(point.Attempt, point.Step)).ToList();
        if (points.Count > 0)
            messages.Add(new WatchRunResponse { Points = new MetricPoints { Points = { points } } });
        _samples.ReadNew(line =>
        {
            if (SampleLine.TryRead(line) is { } sample && sample.Time >= _since)
                messages.Add(new WatchRunResponse { Sample = sample.Message });
        });
        var log = _log?.Read(FirstLogLines) ?? [];
        if (log.Count > 0)
            messages.Add(new WatchRunResponse { Log = new LogLines { Lines = { log } } });
        foreach (var message in messages)
        {
            // Only what comes with or behind the points may claim them.
            message.Cursor = message.UpdateCase == WatchRunResponse.UpdateOneofCase.Event ? Cursor - count : Cursor;
        }

        more = count > 0 || log.Count > 0;
        return messages;

        void ReadPoints(ReadOnlySpan<byte> line)
        {
            if (!_line.TryRead(line))
                return;
            _marks.Observe(_line.Attempt, _line.Step);
            var time = Timestamp.FromDateTime(_line.Time);
            foreach (var (series, value) in _line.Values)
            {
                read.Add(new MetricPoint
                {
                    Series = series,
                    Step = _line.Step,
                    Value = value,
                    Time = time,
                    Attempt = _line.Attempt,
                });
            }
        }
    }

    /// <summary>An event as callers see it.</summary>
    public static RunEvent ToMessage(RunEventLine line)
    {
        var message = new RunEvent
        {
            Time = Timestamp.FromDateTime(line.Time),
            Type = line.Type,
            Message = line.Message,
        };
        if (line.Step is { } step)
            message.Step = step;
        if (line.Attempt is { } attempt)
            message.Attempt = attempt;
        return message;
    }

    private RunEventLine? Note(RunEventLine? line)
    {
        if (line is { Type: EventTypes.Resumed, Attempt: { } attempt, Step: { } step })
            _marks.Add(attempt, step);
        return line;
    }
}
