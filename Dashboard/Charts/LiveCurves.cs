using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Charts;

/// <summary>
/// Knows which points of a stream a board has not drawn yet. Curves are read whole (in buckets) and points are added
/// behind them; the two overlap, since the stream is opened first, so that no point falls between them.
/// </summary>
public sealed class LiveCurves
{
    private static readonly HashSet<string> _drawn =
        [.. ChartDefinition.OfRun.SelectMany(c => c.Series).Select(s => s.Key)];

    private readonly Dictionary<string, int> _places = [];
    private readonly Dictionary<string, long> _lastSteps = [];
    private readonly Dictionary<long, double> _tokens = [];
    private readonly List<LivePoint> _pending = [];
    private readonly List<MetricPoint> _sinceReading = [];
    private string _axis = "step";
    private int _attempt;
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
    /// <param name="axis">What x is.</param>
    /// <param name="attempt">The attempt that wrote their last points, or an earlier one.</param>
    public void Reset(IReadOnlyList<Curve> curves, string axis, int attempt)
    {
        _axis = axis;
        _attempt = Math.Max(_attempt, attempt);
        _places.Clear();
        _lastSteps.Clear();
        _pending.Clear();
        NeedsReload = false;
        for (var i = 0; i < curves.Count; i++)
        {
            _places[curves[i].Series] = i;
            _lastSteps[curves[i].Series] = curves[i].Step.Count > 0 ? curves[i].Step[^1] : -1;
        }

        // Handed over or not, they were drawn on what these curves take the place of.
        Place(_sinceReading);
        EndReading();
    }

    /// <summary>Takes points of the stream.</summary>
    /// <param name="points">The points in the order in which they were written.</param>
    public void Add(IEnumerable<MetricPoint> points)
    {
        MetricPoint[] batch = [.. points];
        if (_isReading)
            _sinceReading.AddRange(batch);
        Place(batch);
    }

    /// <summary>The points that wait; they are handed over once.</summary>
    public IReadOnlyList<LivePoint> Take()
    {
        LivePoint[] points = [.. _pending];
        _pending.Clear();
        return points;
    }

    private void Place(IReadOnlyCollection<MetricPoint> batch)
    {
        _tokens.Clear();
        foreach (var point in batch.Where(p => p.Series == "tokens"))
            _tokens[point.Step] = point.Value;
        foreach (var point in batch)
            Add(point);
    }

    private void Add(MetricPoint point)
    {
        if (point.Attempt > _attempt)
        {
            // A later attempt begins again behind its checkpoint: what stood beyond it is superseded.
            NeedsReload |= _lastSteps.TryGetValue(point.Series, out var drawn) && point.Step <= drawn;
            _attempt = point.Attempt;
        }

        if (!_drawn.Contains(point.Series))
            return;
        if (!_places.TryGetValue(point.Series, out var place))
        {
            NeedsReload = true;
            return;
        }

        if (point.Step <= _lastSteps[point.Series])
            return;
        if (XOf(point) is not { } x)
        {
            NeedsReload = true;
            return;
        }

        _lastSteps[point.Series] = point.Step;
        _pending.Add(new(place, point.Step, x, point.Value));
    }

    private double? XOf(MetricPoint point) => _axis switch
    {
        "step" => point.Step,
        "tokens" => _tokens.TryGetValue(point.Step, out var tokens) ? tokens : null,
        // Seconds count from the run's first point, whose time only the service knows.
        _ => null,
    };
}
