namespace Platform.Evals;

/// <summary>A mean over items.</summary>
/// <param name="Name">One of <see cref="MultipleChoiceMetrics"/>' names.</param>
/// <param name="Value">0 to 1.</param>
/// <param name="StandardError">Sample standard deviation / √count; 0 for a single item, where there is none.</param>
/// <param name="Count">Items.</param>
public sealed record MetricValue(string Name, double Value, double StandardError, int Count);
