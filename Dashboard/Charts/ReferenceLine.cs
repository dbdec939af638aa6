namespace Platform.Dashboard.Charts;

/// <summary>A value across a chart to measure oneself by.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The value.</param>
/// <param name="Parameters">The size of the model that reached it.</param>
public sealed record ReferenceLine(string Label, double Value, double Parameters);
