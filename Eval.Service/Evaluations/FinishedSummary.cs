using Platform.Evals;

namespace Platform.EvalHost.Evaluations;

/// <summary>An evaluation's figures, so that a list of them need not read all items.</summary>
/// <param name="Graded">Items graded.</param>
/// <param name="Skipped">Items that could not be graded.</param>
/// <param name="Truncated">Graded items whose context was cut.</param>
/// <param name="Metrics">The figures.</param>
/// <param name="SkippedReasons">Why items could not be graded: of the first; null in older files.</param>
internal sealed record FinishedSummary(
    int Graded,
    int Skipped,
    int Truncated,
    IReadOnlyList<MetricValue> Metrics,
    IReadOnlyList<string>? SkippedReasons = null)
{
    /// <summary>What a file of items says.</summary>
    public static FinishedSummary Of(ItemsFile items) => new(
        items.Metrics.Count,
        items.SkippedCount,
        items.Metrics.TruncatedCount,
        items.Metrics.Values(),
        [.. items.SkippedReasons]);
}
