using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Metrics;

/// <summary>How curves are made.</summary>
/// <param name="Axis">What x is.</param>
/// <param name="MinX">From this x on.</param>
/// <param name="MaxX">Up to this x.</param>
/// <param name="MaxBuckets">At most so many buckets a curve.</param>
/// <param name="HalfLife">Of the smoothing, in steps; 0: none.</param>
internal sealed record CurveRequest(MetricAxis Axis, double MinX, double MaxX, int MaxBuckets, double HalfLife);
