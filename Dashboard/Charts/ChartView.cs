using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Charts;

/// <summary>How the reader wants curves drawn; all of it stands in the page's URL.</summary>
/// <param name="Axis">What x is: step, tokens, seconds, clock or resume.</param>
/// <param name="HalfLife">Half-life of the smoothing in steps; 0: none.</param>
/// <param name="Log">Keys of the charts with a logarithmic axis, with commas between them.</param>
/// <param name="From">The left end of the shown range; null: the beginning.</param>
/// <param name="To">The right end of the shown range; null: the end.</param>
public sealed record ChartView(string Axis, double HalfLife, string Log, double? From, double? To)
{
    /// <summary>The axis as the service calls it.</summary>
    public MetricAxis MetricAxis => Axis switch
    {
        "tokens" => MetricAxis.Tokens,
        "seconds" => MetricAxis.RelativeSeconds,
        "clock" => MetricAxis.Clock,
        "resume" => MetricAxis.StepSinceResume,
        _ => MetricAxis.Step,
    };

    /// <summary>Keys of the charts with a logarithmic axis.</summary>
    public IReadOnlyList<string> LogCharts => Log.Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What <see cref="Log"/> is after one chart's axis was changed over; null where none is left.</summary>
    /// <param name="chart">The chart's key.</param>
    public string? LogWith(string chart)
    {
        var keys = LogCharts.Contains(chart) ? LogCharts.Where(k => k != chart) : LogCharts.Append(chart);
        return string.Join(',', keys) is { Length: > 0 } text ? text : null;
    }

    /// <summary>Reads a view from a page's query, with the default for whatever is missing or wrong.</summary>
    public static ChartView FromQuery(string? axis, double? halfLife, string? log, double? from, double? to) =>
        new(
            axis is "tokens" or "seconds" or "clock" or "resume" ? axis : "step",
            halfLife is > 0 and < 1e9 ? halfLife.Value : 0,
            log ?? "",
            from < to ? from : null,
            from < to ? to : null);
}
