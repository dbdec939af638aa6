namespace Platform.Dashboard.Charts;

/// <summary>A point on its way to the browser.</summary>
/// <param name="Curve">Its curve's place among those drawn.</param>
/// <param name="Step">The optimizer step.</param>
/// <param name="X">Where it stands on the x axis.</param>
/// <param name="Value">Its value.</param>
public readonly record struct LivePoint(int Curve, long Step, double X, double Value);
