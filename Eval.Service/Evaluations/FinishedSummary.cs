using Platform.Evals;

namespace Platform.EvalHost.Evaluations;

/// <summary>An evaluation's figures, so that a list of them need not read all items.</summary>
/// <param name="Graded">Items graded.</param>
/// <param name="Skipped">Items that could not be graded.</param>
/// <param name="Truncated">Graded items whose context was cut.</param>
/// <param name="Metrics">The figures.</param>
internal sealed record FinishedSummary(int Graded, int Skipped, int Truncated, IReadOnlyList<MetricValue> Metrics);
