using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Charts;

/// <summary>A curve on a board.</summary>
/// <param name="Curve">The curve.</param>
/// <param name="Chart">The chart that it is drawn in.</param>
/// <param name="Label">What it is called there.</param>
/// <param name="Colour">The place of its colour.</param>
public sealed record BoardCurve(Curve Curve, ChartDefinition Chart, string Label, int Colour);
