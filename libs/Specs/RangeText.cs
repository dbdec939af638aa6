using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Platform.Specs;

/// <summary>
/// A range of numbers as people write it: <c>1e-5..1e-2</c>, with <c>:log</c> behind where even in the logarithm.
/// </summary>
/// <param name="Min">The lowest.</param>
/// <param name="Max">The highest.</param>
/// <param name="Log">Whether the logarithm is even.</param>
public sealed record RangeText(double Min, double Max, bool Log)
{
    private const string LogMark = ":log";

    /// <summary>Reads one; false where the text is no range.</summary>
    /// <param name="text">The text.</param>
    /// <param name="range">What it says.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RangeText? range)
    {
        var log = text.EndsWith(LogMark, StringComparison.Ordinal);
        var ends = (log ? text[..^LogMark.Length] : text).Split("..", StringSplitOptions.TrimEntries);
        range = ends is [var low, var high]
            && double.TryParse(low, CultureInfo.InvariantCulture, out var min)
            && double.TryParse(high, CultureInfo.InvariantCulture, out var max)
            ? new RangeText(min, max, log)
            : null;
        return range is not null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Min}..{Max}{(Log ? LogMark : "")}");
}
