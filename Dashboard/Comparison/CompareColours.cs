namespace Platform.Dashboard.Comparison;

/// <summary>The colours of compared runs beside the charts; the same places as in charts.js.</summary>
internal static class CompareColours
{
    private const int Colours = 8;
    private static readonly string[] _strokes = ["solid", "dashed", "dotted"];

    /// <summary>The style of a line's sample.</summary>
    /// <param name="place">The run's place.</param>
    public static string Style(int place) =>
        $"border-top: 3px {_strokes[place / Colours % _strokes.Length]} var(--chart-{place % Colours})";
}
