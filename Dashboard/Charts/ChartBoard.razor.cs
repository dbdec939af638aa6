using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Charts;

/// <summary>Draws curves. Points go to the browser as bytes and never through rendering.</summary>
public sealed partial class ChartBoard(IJSRuntime runtime) : IAsyncDisposable
{
    private readonly HashSet<string> _shown = ["loss"];
    private ElementReference _host;
    private IJSObjectReference? _module;
    private IJSObjectReference? _board;
    private DotNetObjectReference<ChartBoard>? _self;
    private Viewer? _drawnFor;
    private bool _drawing;
    private (IReadOnlyList<Curve> Curves, ChartView View)? _waiting;

    /// <summary>Is told the range that the reader dragged out; nulls: everything.</summary>
    [Parameter]
    public EventCallback<(double? From, double? To)> Zoomed { get; set; }

    /// <summary>Is asked to read the curves again in wider buckets.</summary>
    [Parameter]
    public EventCallback Crowded { get; set; }

    /// <summary>Whether points still come.</summary>
    [Parameter]
    public bool IsLive { get; set; }

    /// <summary>Whether points can be added; not while curves wait to be drawn, which would take their place.</summary>
    public bool IsReady => _board is not null && _waiting is null && !_drawing;

    [CascadingParameter]
    private Viewer? Viewer { get; set; }

    /// <summary>Draws curves in place of whatever was drawn.</summary>
    /// <param name="curves">The curves.</param>
    /// <param name="view">How.</param>
    public async Task ShowAsync(IReadOnlyList<Curve> curves, ChartView view)
    {
        _waiting = (curves, view);
        var series = curves.Select(c => c.Series).ToHashSet();
        foreach (var chart in ChartDefinition.OfRun.Where(c => c.Series.Any(s => series.Contains(s.Key))))
            _shown.Add(chart.Key);

        // A chart must be visible before it is given a size; drawing goes on in OnAfterRenderAsync.
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
            var charts = ChartDefinition.OfRun.Select(c => new { c.Key, c.Title, c.Format });
            _board = await _module.InvokeAsync<IJSObjectReference>("createBoard", _host, _self, new { charts });
        }

        if (_board is null)
            return;
        if (!_drawing)
        {
            _drawing = true;
            while (_waiting is { } waiting)
            {
                _waiting = null;
                await DrawAsync(waiting.Curves, waiting.View);
            }

            _drawing = false;
        }

        if (!Equals(_drawnFor, Viewer))
        {
            _drawnFor = Viewer;
            await TryAsync(b => b.InvokeVoidAsync("setView", new { dark = Viewer?.Dark ?? false }));
        }
    }

    private async Task DrawAsync(IReadOnlyList<Curve> curves, ChartView view)
    {
        var definitions = curves.Select(c => Definition(c, view));
        var look = new
        {
            axis = view.Axis,
            log = view.Log ? ["loss"] : Array.Empty<string>(),
            range = view.From is { } from && view.To is { } to ? new[] { from, to } : null,
            live = IsLive,
            dark = Viewer?.Dark ?? false,
        };
        _drawnFor = Viewer;
        await TryAsync(b => b.InvokeVoidAsync("load", look, definitions, CurveFrame.OfCurves(curves)));
    }

    private static object Definition(Curve curve, ChartView view)
    {
        var chart = ChartDefinition.OfRun.First(c => c.Series.Any(s => s.Key == curve.Series));
        var place = chart.Series.ToList().FindIndex(s => s.Key == curve.Series);
        return new
        {
            key = curve.Series,
            chart = chart.Key,
            label = chart.Series[place].Value,
            colour = place,
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
