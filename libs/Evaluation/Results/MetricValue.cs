namespace Platform.Evals;

/// <summary>A figure over items.</summary>
/// <param name="Name">One of <see cref="MetricNames"/>.</param>
/// <param name="Value">An accuracy is 0 to 1.</param>
/// <param name="StandardError">
/// Sample standard deviation / √count, carried through ratios and exponentials to first order; 0 for a single item,
/// where there is none.
/// </param>
/// <param name="Count">Items.</param>
public sealed record MetricValue(string Name, double Value, double StandardError, int Count);
