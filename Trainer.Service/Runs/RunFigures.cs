namespace Platform.TrainerHost.Runs;

/// <summary>A run's last figures: step, tokens, loss, speed.</summary>
internal sealed class RunFigures
{
    private const int LastCount = 10;

    private readonly Queue<(long Step, double Loss)> _losses = new();
    private readonly Queue<double> _speeds = new();
    private readonly Queue<double> _utilisations = new();
    private (DateTime Time, long Step)? _attemptBegin;
    private (DateTime Time, long Step) _last;

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; private set; }

    /// <summary>The attempt of the last point.</summary>
    public int LastAttempt { get; private set; }

    public long Tokens { get; private set; }

    /// <summary>Loss of the last step; NaN too.</summary>
    public double? TrainLoss { get; private set; }

    /// <summary>Mean of the last 10 steps' losses.</summary>
    public double? MeanOfLastLosses => _losses.Count > 0 ? _losses.Average(item => item.Loss) : null;

    /// <summary>Mean over the last 10 steps.</summary>
    public double? TokensPerSecond => _speeds.Count > 0 ? _speeds.Average() : null;

    /// <summary>Mean share of the processors' best over the last 10 steps.</summary>
    public double? Mfu => _utilisations.Count > 0 ? _utilisations.Average() : null;

    /// <summary>Resident memory of the first rank, when it was last looked at.</summary>
    public double? MemoryBytes { get; private set; }

    /// <summary>The last step's learning rate.</summary>
    public double? LearningRate { get; private set; }

    /// <summary>The last step's gradients' global norm before clipping; NaN too.</summary>
    public double? GradientNorm { get; private set; }

    /// <summary>Seconds of wall time a step takes in this attempt, with all that is done between steps.</summary>
    public double? SecondsPerStep => _attemptBegin is { } begin && _last.Step > begin.Step
        ? (_last.Time - begin.Time).TotalSeconds / (_last.Step - begin.Step)
        : null;

    public void BeginAttempt()
    {
        _attemptBegin = null;
        _speeds.Clear();
        _utilisations.Clear();
    }

    /// <summary>The run stands at this step now: it was resumed there, or ended there.</summary>
    public void GoBackTo(long step)
    {
        Step = step;
        var kept = _losses.Where(item => item.Step <= step).ToList();
        _losses.Clear();
        foreach (var item in kept)
            _losses.Enqueue(item);
    }

    public void Apply(MetricLine line)
    {
        Step = line.Step;
        LastAttempt = line.Attempt;
        if (!double.IsNaN(line.Tokens))
            Tokens = (long)line.Tokens;
        _last = (line.Time, line.Step);
        _attemptBegin ??= _last;
        if (line[SeriesNames.TrainLoss] is { } loss)
        {
            TrainLoss = loss;
            Keep(_losses, (line.Step, loss));
        }

        if (line[SeriesNames.TokensPerSecond] is { } speed)
            Keep(_speeds, speed);
        if (line[SeriesNames.Mfu] is { } mfu)
            Keep(_utilisations, mfu);
        MemoryBytes = line[SeriesNames.MemoryBytes] ?? MemoryBytes;
        LearningRate = line[SeriesNames.LearningRate] ?? LearningRate;
        GradientNorm = line[SeriesNames.GradientNorm] ?? GradientNorm;
    }

    private static void Keep<T>(Queue<T> queue, T item)
    {
        queue.Enqueue(item);
        if (queue.Count > LastCount)
            queue.Dequeue();
    }
}
