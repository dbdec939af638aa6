using Microsoft.AspNetCore.Components;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Comparison;

namespace Platform.Dashboard.Charts;

/// <summary>Reads curves, draws them, and adds the points of streams that its page follows.</summary>
public sealed partial class RunCurves(RunsClient runs)
{
    private const int MostBuckets = 800;
    private const int LeastBuckets = 200;

    /// <summary>Buckets of all runs' curves of a series together, so that many runs are as quick as few.</summary>
    private const int BucketsInAll = 6_000;

    private static readonly TimeSpan _pointInterval = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan _reloadInterval = TimeSpan.FromSeconds(2);
    private static readonly int[] _halfLives = [0, 5, 20, 100, 500];

    private static readonly (string Key, string Name)[] _axes =
        [
            ("step", "by step"), ("tokens", "by tokens"), ("seconds", "by time"), ("clock", "by the clock"),
            ("resume", "since the resume"),
        ];

    private readonly LiveCurves _live = new();
    private ChartBoard? _board;
    private (ChartView View, string Runs, string Series)? _drawn;
    private ((double? From, double? To) Range, (double? From, double? To) Before)? _ahead;
    private CancellationTokenSource? _reading;
    private CallFailure? _failure;
    private int _version;
    private bool _pumping;
    private bool _empty;
    private bool _read;

    /// <summary>The runs, by name, in the order of their colours.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Run> Runs { get; set; } = [];

    /// <summary>The charts.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<ChartDefinition> Charts { get; set; } = [];

    /// <summary>The series that are drawn; empty: all that there are.</summary>
    [Parameter]
    public IReadOnlyList<string> Series { get; set; } = [];

    /// <summary>Whether lines are called by their runs, as where several are compared.</summary>
    [Parameter]
    public bool ByRun { get; set; }

    /// <summary>Whether points still come.</summary>
    [Parameter]
    public bool IsLive { get; set; }

    /// <summary>More controls.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [SupplyParameterFromQuery(Name = "x")]
    private string? AxisQuery { get; set; }

    [SupplyParameterFromQuery(Name = "smooth")]
    private double? SmoothQuery { get; set; }

    [SupplyParameterFromQuery(Name = "log")]
    private string? LogQuery { get; set; }

    [SupplyParameterFromQuery(Name = "from")]
    private double? FromQuery { get; set; }

    [SupplyParameterFromQuery(Name = "to")]
    private double? ToQuery { get; set; }

    /// <summary>Whether the curves could not be read when they were last asked for.</summary>
    public bool HasFailed => _failure is not null;

    private ChartView View => _ahead is { Range: var (from, to) }
        ? ChartView.FromQuery(AxisQuery, SmoothQuery, LogQuery, from, to)
        : ChartView.FromQuery(AxisQuery, SmoothQuery, LogQuery, FromQuery, ToQuery);

    private bool WasResumed => Runs.Any(r => r.Attempt > 1);

    private (ChartView View, string Runs, string Series) Wanted =>
        (View, string.Join(' ', Runs.Select(r => r.Name)), string.Join(' ', Series));

    /// <summary>Takes points of a run's stream.</summary>
    /// <param name="run">The run's name.</param>
    /// <param name="points">The points.</param>
    public void Add(string run, IEnumerable<MetricPoint> points)
    {
        _live.Add(run, points);
        _ = PumpAsync();
    }

    /// <summary>Reads the curves again.</summary>
    public async Task LoadAsync()
    {
        var (version, view) = (++_version, View);
        _drawn = Wanted;
        if (Runs.Count == 0)
            return;
        _live.BeginReading();
        var attempts = Runs.Select(r => KeyValuePair.Create(r.Name, r.Attempt)).ToList();

        // Nobody waits any longer for what was asked for before.
        _reading?.Cancel();
        using var reading = _reading = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        var (read, failure) = await runs.GetMetricsAsync(Request(view), reading.Token);
        if (_reading == reading)
            _reading = null;
        if (version != _version || Closed.IsCancellationRequested)
            return;
        (_failure, _read) = (failure, true);
        if (read is null)
        {
            _live.EndReading();
            RenderSoon();
            return;
        }

        // Tokens and seconds a step are what other series are made of.
        IReadOnlyList<Curve> curves = [.. read.Where(c => c.Series is not ("tokens" or "step_seconds"))];
        _live.Reset(curves, Drawn(curves), view.Axis, attempts);
        _empty = curves.Count == 0;
        RenderSoon();
        if (_board is not null)
            await _board.ShowAsync([.. curves.Select(Describe)], view);
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        // The address has come to say what was dragged out, or says something else by now.
        if (_ahead is { } ahead && (FromQuery, ToQuery) != ahead.Before)
            _ahead = null;
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_drawn != Wanted)
            await LoadAsync();
    }

    private GetMetricsRequest Request(ChartView view)
    {
        var request = new GetMetricsRequest
        {
            Axis = view.MetricAxis,
            MaxBuckets = Math.Clamp(BucketsInAll / Runs.Count, LeastBuckets, MostBuckets),
            SmoothingHalfLife = view.HalfLife,
        };
        request.Runs.AddRange(Runs.Select(r => r.Name));
        request.Series.AddRange(Series);
        if (view.From is { } from)
            request.MinX = from;
        if (view.To is { } to)
            request.MaxX = to;
        return request;
    }

    // Where all series are drawn, one that has no curve yet is still wanted, but for those that never are drawn.
    private IEnumerable<string> Drawn(IReadOnlyList<Curve> curves) => Series.Count > 0
        ? Series
        : Charts.SelectMany(c => c.Series).Select(s => s.Key).Concat(curves.Select(c => c.Series));

    private BoardCurve Describe(Curve curve)
    {
        var chart = ChartDefinition.For(Charts, curve.Series);
        if (!ByRun)
        {
            var place = chart.Series.ToList().FindIndex(s => s.Key == curve.Series);
            return new(curve, chart, chart.Series[place].Value, place);
        }

        var run = Runs.ToList().FindIndex(r => r.Name == curve.Run);
        return new(curve, chart, Runs.TitleOf(Runs[run]), run);
    }

    // Sends points to the browser a few times a second; reads the curves again where points alone do not do.
    private async Task PumpAsync()
    {
        if (_pumping)
            return;
        _pumping = true;
        try
        {
            while (!Closed.IsCancellationRequested && (_live.HasPoints || _live.NeedsReload))
            {
                if (_live.NeedsReload)
                {
                    await LoadAsync();
                    await Task.Delay(_reloadInterval, Time, Closed);
                }
                else
                {
                    if (_board is { IsReady: true })
                        await _board.AddAsync(_live.Take());
                    await Task.Delay(_pointInterval, Time, Closed);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed during the pause.
        }
        finally
        {
            _pumping = false;
        }
    }

    // The curves are read while the address is changed, which takes a way to the browser and back.
    private Task ZoomAsync((double? From, double? To) range)
    {
        if (range == (FromQuery, ToQuery))
            return Task.CompletedTask;
        _ahead = (range, (FromQuery, ToQuery));
        SetQuery(("from", range.From), ("to", range.To));
        return LoadAsync();
    }

    private void ToggleLog(string chart) => SetQuery(("log", View.LogWith(chart)));
}
