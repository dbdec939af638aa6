using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Runs;

/// <summary>What a run has taken, over all its attempts: what was trained twice counts twice.</summary>
internal sealed class RunTally
{
    // By attempt: events and metrics are two files, and which is read first must change nothing.
    private readonly SortedDictionary<int, (DateTime Begin, DateTime Last)> _attempts = [];
    private double? _flopsPerStep;
    private double _stepSeconds;
    private long _steps;
    private long? _memoryBytes;

    /// <summary>Takes in a line of <c>events.jsonl</c>.</summary>
    public void Apply(RunEventLine line)
    {
        // That a worker has died may be found out days later.
        if (line.Attempt is { } attempt && line.Type != EventTypes.WorkerDied)
            Note(attempt, line.Time);
        _flopsPerStep = line.Double("flops_per_step") ?? _flopsPerStep;
        if (line.Long("peak_memory_bytes") is { } bytes)
            _memoryBytes = Math.Max(bytes, _memoryBytes ?? 0);
    }

    /// <summary>Takes in a line of <c>metrics.jsonl</c>.</summary>
    public void Apply(MetricLine line)
    {
        Note(line.Attempt, line.Time);
        if (line[SeriesNames.StepSeconds] is not { } seconds)
            return;
        _stepSeconds += seconds;
        _steps++;
    }

    /// <summary>The message; null before the first attempt.</summary>
    public RunUsage? ToMessage()
    {
        if (_attempts.Count == 0)
            return null;
        var usage = new RunUsage
        {
            FlopsPerStep = _flopsPerStep ?? 0,
            StepSeconds = _steps > 0 ? _stepSeconds / _steps : 0,
            Seconds = _attempts.Values.Sum(attempt => (attempt.Last - attempt.Begin).TotalSeconds),
        };
        if (_memoryBytes is { } bytes)
            usage.MemoryBytes = bytes;
        return usage;
    }

    private void Note(int attempt, DateTime time)
    {
        if (!_attempts.TryGetValue(attempt, out var span))
            span = (time, time);
        _attempts[attempt] = (time < span.Begin ? time : span.Begin, time > span.Last ? time : span.Last);
    }
}
