using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite;

/// <summary>Curves in buckets that are a power of two of steps wide.</summary>
internal static class Buckets
{
    private const int DefaultBuckets = 800;

    /// <summary>The curves of one run that are asked for.</summary>
    public static IEnumerable<Curve> Of(FakeRun run, GetMetricsRequest request)
    {
        var first = run.Lines.Count > 0 ? run.Lines[0][0].Time.ToDateTime() : DateTime.UtcNow;
        var all = run.Lines.SelectMany(line => line.Select(p => (Point: p, X: XOf(p, line))))
            .Where(p => request.Series.Count == 0 || request.Series.Contains(p.Point.Series))
            .GroupBy(p => p.Point.Series);
        foreach (var series in all)
        {
            var curve = One(run, series.Key, [.. series], request);
            curve.StartTime = Timestamp.FromDateTime(first);
            yield return curve;
        }

        double XOf(MetricPoint point, MetricPoint[] line) => request.Axis switch
        {
            MetricAxis.Tokens => line.First(p => p.Series == "tokens").Value,
            MetricAxis.Clock => (point.Time.ToDateTime() - DateTime.UnixEpoch).TotalSeconds,
            MetricAxis.RelativeSeconds => (point.Time.ToDateTime() - first).TotalSeconds,
            _ => point.Step,
        };
    }

    private static Curve One(
        FakeRun run, string name, List<(MetricPoint Point, double X)> points, GetMetricsRequest request)
    {
        var smoothed = new double[points.Count];
        for (var i = 0; i < points.Count; i++)
        {
            var keep = i == 0
                ? 0
                : Math.Pow(0.5, (points[i].Point.Step - points[i - 1].Point.Step) / request.SmoothingHalfLife);
            smoothed[i] = (i == 0 ? 0 : keep * smoothed[i - 1]) + ((1 - keep) * points[i].Point.Value);
        }

        var shown = points.Select((p, i) => (p.Point, p.X, Smoothed: smoothed[i]))
            .Where(p => (!request.HasMinX || p.X >= request.MinX) && (!request.HasMaxX || p.X <= request.MaxX))
            .ToList();
        var most = request.MaxBuckets > 0 ? request.MaxBuckets : DefaultBuckets;
        var width = 1L;
        while (shown.Count > 0 && (shown[^1].Point.Step - shown[0].Point.Step) / width >= most)
            width *= 2;
        var curve = new Curve { Run = run.Run.Name, Series = name, BucketSteps = width, PointCount = shown.Count };
        curve.ResumeSteps.AddRange(run.Events.Where(e => e.Type == "resumed").Select(e => e.Step));
        foreach (var bucket in shown.GroupBy(p => p.Point.Step / width))
        {
            var last = bucket.Last();
            curve.Step.Add(last.Point.Step);
            curve.X.Add(last.X);
            curve.Last.Add(last.Point.Value);
            curve.Min.Add(bucket.Min(p => p.Point.Value));
            curve.Max.Add(bucket.Max(p => p.Point.Value));
            if (request.SmoothingHalfLife > 0)
                curve.Smoothed.Add(last.Smoothed);
        }

        return curve;
    }
}
