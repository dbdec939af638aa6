namespace Platform.Dashboard.Charts;

/// <summary>A value across a chart to measure oneself by.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The value.</param>
public sealed record ReferenceLine(string Label, double Value);
