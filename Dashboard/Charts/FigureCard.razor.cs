using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Charts;

/// <summary>Draws a figure of bars or lines and saves it as a file.</summary>
public sealed partial class FigureCard(IJSRuntime runtime) : ScriptChart(runtime, "./figures.js", "createFigure")
{
    private (SweepFigure Figure, bool Dark)? _shown;

    /// <summary>The figure.</summary>
    [Parameter, EditorRequired]
    public SweepFigure Figure { get; set; } = new();

    /// <inheritdoc/>
    protected override object?[]? Shown()
    {
        if (_shown is { } shown && shown.Dark == IsDark && shown.Figure.Equals(Figure))
            return null;
        _shown = (Figure, IsDark);
        return [Data(), IsDark];
    }

    // JSON has no NaN: null is what was not measured.
    private object Data() => new
    {
        key = Figure.Key,
        title = Figure.Title,
        kind = Figure.Kind is FigureKind.Bars ? "BARS" : "LINES",
        xTitle = Figure.XTitle,
        yTitle = Figure.YTitle,
        logX = Figure.LogX,
        categories = Figure.Categories,
        series = Figure.Series.Select(s => new
        {
            name = s.Name,
            x = s.X,
            y = s.Y.Select(Finite),
            deviation = s.Deviation,
        }),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
