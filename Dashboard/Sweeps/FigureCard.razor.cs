using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Sweeps;

/// <summary>Draws one figure of a sweep and saves it as a file.</summary>
public sealed partial class FigureCard(IJSRuntime runtime) : IAsyncDisposable
{
    private ElementReference _host;
    private IJSObjectReference? _chart;
    private (SweepFigure Figure, bool Dark)? _shown;

    /// <summary>The figure.</summary>
    [Parameter, EditorRequired]
    public SweepFigure Figure { get; set; } = new();

    [CascadingParameter]
    private Viewer? Viewer { get; set; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_chart is not null)
                await _chart.InvokeVoidAsync("dispose");
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the chart with it.
        }
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await using var module = await runtime.InvokeAsync<IJSObjectReference>("import", "./figures.js");
            _chart = await module.InvokeAsync<IJSObjectReference>("createFigure", _host);
        }

        var dark = Viewer?.Dark ?? false;
        if (_chart is null || (_shown is { } shown && shown.Dark == dark && shown.Figure.Equals(Figure)))
            return;
        _shown = (Figure, dark);
        await _chart.InvokeVoidAsync("show", Data(), dark);
    }

    private async Task SaveAsync(string kind)
    {
        if (_chart is not null)
            await _chart.InvokeVoidAsync("save", kind);
    }

    // JSON has no NaN: null is what was not measured.
    private object Data() => new
    {
        key = Figure.Key,
        title = Figure.Title,
        kind = Figure.Kind switch
        {
            FigureKind.Bars => "BARS",
            FigureKind.Radar => "RADAR",
            FigureKind.Parallel => "PARALLEL",
            FigureKind.HeatMap => "HEAT_MAP",
            _ => "LINES",
        },
        xTitle = Figure.XTitle,
        yTitle = Figure.YTitle,
        logX = Figure.LogX,
        categories = Figure.Categories,
        axes = Figure.Axes.Select(a => new { name = a.Name, min = a.Min, max = a.Max, labels = a.Labels }),
        series = Figure.Series.Select(s => new { name = s.Name, x = s.X, y = s.Y.Select(Finite) }),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
