using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Charts;

/// <summary>Draws curves. Points go to the browser as bytes and never through rendering.</summary>
public sealed partial class ChartBoard(IJSRuntime runtime) : IAsyncDisposable
{
    private readonly List<ChartDefinition> _charts = [];
    private ElementReference _host;
    private IJSObjectReference? _module;
    private IJSObjectReference? _board;
    private DotNetObjectReference<ChartBoard>? _self;
    private Viewer? _drawnFor;
    private bool _drawing;
    private ChartView _view = ChartView.FromQuery(null, null, null, null, null);
    private (IReadOnlyList<BoardCurve> Curves, ChartView View)? _waiting;

    /// <summary>Is told the range that the reader dragged out; nulls: everything.</summary>
    [Parameter]
    public EventCallback<(double? From, double? To)> Zoomed { get; set; }

    /// <summary>Is told the key of a chart whose axis is to be changed over.</summary>
    [Parameter]
    public EventCallback<string> LogToggled { get; set; }

    /// <summary>The order of the charts; those not named come last.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<ChartDefinition> Order { get; set; } = [];

    /// <summary>Is asked to read the curves again in wider buckets.</summary>
    [Parameter]
    public EventCallback Crowded { get; set; }

    /// <summary>Whether the page names the lines itself, so that no chart has a legend.</summary>
    [Parameter]
    public bool Named { get; set; }

    /// <summary>Where every point can be saved from; null: nowhere.</summary>
    [Parameter]
    public string? PointsAddress { get; set; }

    /// <summary>Whether points still come.</summary>
    [Parameter]
    public bool IsLive { get; set; }

    /// <summary>Whether the first curves are still being read: what stands below has to leave them room.</summary>
    [Parameter]
    public bool IsAwaited { get; set; }

    /// <summary>Whether points can be added; not while curves wait to be drawn, which would take their place.</summary>
    public bool IsReady => _board is not null && _waiting is null && !_drawing;

    [CascadingParameter]
    private Viewer? Viewer { get; set; }

    /// <summary>Draws curves in place of whatever was drawn.</summary>
    /// <param name="curves">The curves.</param>
    /// <param name="view">How.</param>
    public async Task ShowAsync(IReadOnlyList<BoardCurve> curves, ChartView view)
    {
        (_waiting, _view) = ((curves, view), view);
        IReadOnlyList<ChartDefinition> charts =
            [.. curves.Select(c => c.Chart).DistinctBy(c => c.Key).OrderBy(PlaceOf)];
        var onPage = charts.Select(c => c.Key).SequenceEqual(_charts.Select(c => c.Key));
        _charts.Clear();
        _charts.AddRange(charts);

        // A chart must be on the page before it is given a size; if not, drawing goes on in OnAfterRenderAsync.
        if (onPage)
            await DrawWaitingAsync();
        await InvokeAsync(StateHasChanged);
    }

    /// <summary>Adds points behind the curves; only when <see cref="IsReady"/>.</summary>
    /// <param name="points">The points.</param>
    public async Task AddAsync(IReadOnlyList<LivePoint> points)
    {
        if (points.Count > 0)
            await TryAsync(b => b.InvokeVoidAsync("append", CurveFrame.OfPoints(points)));
    }

    /// <summary>Called by charts.js.</summary>
    [JSInvokable]
    public Task ZoomedAsync(double? from, double? to) => InvokeAsync(() => Zoomed.InvokeAsync((from, to)));

    /// <summary>Called by charts.js when there are too many buckets.</summary>
    [JSInvokable]
    public Task ReloadCurves() => InvokeAsync(Crowded.InvokeAsync);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await TryAsync(b => b.InvokeVoidAsync("dispose"));
        _board = null;
        _self?.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _self = DotNetObjectReference.Create(this);
            _module = await runtime.InvokeAsync<IJSObjectReference>("import", "./charts.js");
            _board = await _module.InvokeAsync<IJSObjectReference>("createBoard", _host, _self, new { });
        }

        if (_board is null)
            return;
        await DrawWaitingAsync();
        if (!Equals(_drawnFor, Viewer))
        {
            _drawnFor = Viewer;
            await TryAsync(b => b.InvokeVoidAsync("setView", new { dark = Viewer?.Dark ?? false }));
        }
    }

    private async Task DrawWaitingAsync()
    {
        if (_drawing || _board is null)
            return;
        _drawing = true;
        while (_waiting is { } waiting)
        {
            _waiting = null;
            await DrawAsync(waiting.Curves, waiting.View);
        }

        _drawing = false;
    }

    private async Task DrawAsync(IReadOnlyList<BoardCurve> curves, ChartView view)
    {
        var charts = curves.Select(c => c.Chart)
            .DistinctBy(c => c.Key)
            .Select(c => new { c.Key, c.Title, c.Format, c.Lines });
        var definitions = curves.Select(c => Definition(c, view));
        var look = new
        {
            axis = view.Axis,
            log = view.LogCharts,
            range = view.From is { } from && view.To is { } to ? new[] { from, to } : null,
            live = IsLive,
            named = Named,
            dark = Viewer?.Dark ?? false,
        };
        _drawnFor = Viewer;
        await TryAsync(b => b.InvokeVoidAsync(
            "load", look, charts, definitions, CurveFrame.OfCurves([.. curves.Select(c => c.Curve)])));
    }

    private int PlaceOf(ChartDefinition chart)
    {
        var place = Order.ToList().FindIndex(c => c.Key == chart.Key);
        return place < 0 ? Order.Count : place;
    }

    private static object Definition(BoardCurve item, ChartView view)
    {
        var curve = item.Curve;
        return new
        {
            key = $"{curve.Run}/{curve.Series}",
            chart = item.Chart.Key,
            label = item.Label,
            colour = item.Colour,
            bucketSteps = Math.Max(1, curve.BucketSteps),
            points = curve.PointCount,
            count = curve.X.Count,
            smoothed = CurveFrame.IsSmoothed(curve),
            halfLife = view.HalfLife,
            resumes = curve.ResumeSteps,
        };
    }

    private Task ExportAsync(string key, string kind) =>
        TryAsync(b => kind is "csv" ? b.InvokeVoidAsync("exportCsv", key) : b.InvokeVoidAsync("export", key, kind));

    private async Task TryAsync(Func<IJSObjectReference, ValueTask> call)
    {
        if (_board is null)
            return;
        try
        {
            await call(_board);
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the charts with it.
        }
    }
}
