using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Charts;

/// <summary>
/// Knows which points of streams a board has not drawn yet. Curves are read whole (in buckets) and points are added
/// behind them; the two overlap, since the streams are opened first, so that no point falls between them.
/// </summary>
public sealed class LiveCurves
{
    private readonly Dictionary<(string Run, string Series), (int Place, long LastStep)> _drawn = [];
    private readonly Dictionary<string, DateTime> _starts = [];
    private readonly Dictionary<string, long> _resumes = [];
    private readonly Dictionary<string, int> _attempts = [];
    private readonly List<LivePoint> _pending = [];
    private readonly List<(string Run, MetricPoint[] Points)> _sinceReading = [];
    private readonly HashSet<string> _wanted = [];
    private string _axis = "step";
    private bool _isReading;

    /// <summary>
    /// Whether the curves must be read again: a new series came, a resumed attempt went back over steps that are
    /// drawn, or points cannot be placed on the axis without the service.
    /// </summary>
    public bool NeedsReload { get; private set; }

    /// <summary>Whether points wait to be sent.</summary>
    public bool HasPoints => _pending.Count > 0;

    /// <summary>Says that curves are being read: points that come until then may not be in them.</summary>
    public void BeginReading()
    {
        _isReading = true;
        _sinceReading.Clear();
    }

    /// <summary>Says that they could not be read.</summary>
    public void EndReading()
    {
        _isReading = false;
        _sinceReading.Clear();
    }

    /// <summary>Starts anew from curves that were read.</summary>
    /// <param name="curves">The curves, in the order of their places.</param>
    /// <param name="wanted">The series that are drawn; points of others are passed over. None: all.</param>
    /// <param name="axis">What x is.</param>
    /// <param name="attempts">For each run the attempt that wrote its last points, or an earlier one.</param>
    public void Reset(
        IReadOnlyList<Curve> curves,
        IEnumerable<string> wanted,
        string axis,
        IEnumerable<KeyValuePair<string, int>> attempts)
    {
        _axis = axis;
        _wanted.Clear();
        _wanted.UnionWith(wanted);
        foreach (var (run, attempt) in attempts)
            _attempts[run] = Math.Max(_attempts.GetValueOrDefault(run), attempt);
        _drawn.Clear();
        _starts.Clear();
        _resumes.Clear();
        _pending.Clear();
        NeedsReload = false;
        for (var i = 0; i < curves.Count; i++)
        {
            var curve = curves[i];
            _drawn[(curve.Run, curve.Series)] = (i, curve.Step.Count > 0 ? curve.Step[^1] : -1);
            if (curve.StartTime is { } start)
                _starts[curve.Run] = start.ToDateTime();
            _resumes[curve.Run] = curve.ResumeSteps.LastOrDefault();
        }

        // Handed over or not, they were drawn on what these curves take the place of.
        foreach (var (run, points) in _sinceReading)
            Place(run, points);
        EndReading();
    }

    /// <summary>Takes points of a stream.</summary>
    /// <param name="run">The run that they are of.</param>
    /// <param name="points">The points in the order in which they were written.</param>
    public void Add(string run, IEnumerable<MetricPoint> points)
    {
        MetricPoint[] batch = [.. points];
        if (_isReading)
            _sinceReading.Add((run, batch));
        Place(run, batch);
    }

    /// <summary>The points that wait; they are handed over once.</summary>
    public IReadOnlyList<LivePoint> Take()
    {
        LivePoint[] points = [.. _pending];
        _pending.Clear();
        return points;
    }

    private void Place(string run, MetricPoint[] batch)
    {
        var tokens = new Dictionary<long, double>();
        foreach (var point in batch.Where(p => p.Series == "tokens"))
            tokens[point.Step] = point.Value;
        foreach (var point in batch)
            Add(run, point, tokens);
    }

    private void Add(string run, MetricPoint point, Dictionary<long, double> tokens)
    {
        var known = _drawn.TryGetValue((run, point.Series), out var drawn);
        if (point.Attempt > _attempts.GetValueOrDefault(run))
        {
            // A later attempt begins again behind its checkpoint: what stood beyond it is superseded.
            NeedsReload |= _axis == "resume" || (known && point.Step <= drawn.LastStep);
            _attempts[run] = point.Attempt;
        }

        if (point.Series == "tokens" || (_wanted.Count > 0 && !_wanted.Contains(point.Series)))
            return;
        if (!known)
        {
            NeedsReload = true;
            return;
        }

        if (point.Step <= drawn.LastStep)
            return;
        if (XOf(run, point, tokens) is not { } x)
        {
            NeedsReload = true;
            return;
        }

        _drawn[(run, point.Series)] = drawn with { LastStep = point.Step };
        _pending.Add(new(drawn.Place, point.Step, x, point.Value));
    }

    private double? XOf(string run, MetricPoint point, Dictionary<long, double> tokens) => _axis switch
    {
        "step" => point.Step,
        "resume" => point.Step - _resumes.GetValueOrDefault(run),
        "tokens" => tokens.TryGetValue(point.Step, out var count) ? count : null,
        "clock" => point.Time is { } time ? (time.ToDateTime() - DateTime.UnixEpoch).TotalSeconds : null,
        _ => point.Time is { } time && _starts.TryGetValue(run, out var start)
            ? (time.ToDateTime() - start).TotalSeconds
            : null,
    };
}
