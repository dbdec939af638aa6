using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Metrics;

/// <summary>
/// Makes a curve of a series: smoothing over all points that are not superseded, then the range, then buckets a power
/// of two of steps wide that begin at multiples of their width, so that none moves while a run grows.
/// </summary>
internal static class CurveBuilder
{
    /// <summary>One series' curve; null where no point lies in the range.</summary>
    public static Curve? Build(string run, string name, RunSeries series, SeriesColumn column, CurveRequest request)
    {
        var points = Select(series, column, request);
        if (points.Count == 0)
            return null;
        var width = WidthFor(points[0].Step, points[^1].Step, request.MaxBuckets);
        var curve = new Curve { Run = run, Series = name, BucketSteps = width, PointCount = points.Count };
        curve.ResumeSteps.AddRange(series.ResumeSteps);
        curve.StartTime = Timestamp.FromDateTime(new DateTime(series.Times[0], DateTimeKind.Utc));
        Fill(curve, CollectionsMarshal.AsSpan(points), width, request.HalfLife > 0);
        return curve;
    }

    /// <summary>The narrowest power of two for which the buckets from a step to another are few enough.</summary>
    internal static long WidthFor(long first, long last, int maxBuckets)
    {
        var width = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, ((last - first) / maxBuckets)));
        while ((last / width) - (first / width) + 1 > maxBuckets)
            width *= 2;
        return width;
    }

    private static List<CurvePoint> Select(RunSeries series, SeriesColumn column, CurveRequest request)
    {
        var points = new List<CurvePoint>();
        var smoothing = new Smoothing(request.HalfLife);
        var rows = CollectionsMarshal.AsSpan(column.Rows);
        var values = CollectionsMarshal.AsSpan(column.Values);
        var steps = CollectionsMarshal.AsSpan(series.Steps);
        var begin = series.Times.Count > 0 ? series.Times[0] : 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (series.Superseded[row])
                continue;
            var step = steps[row];
            var smoothed = smoothing.Next(step, values[i]);
            var x = request.Axis switch
            {
                MetricAxis.Tokens => series.Tokens[row],
                MetricAxis.RelativeSeconds => (double)(series.Times[row] - begin) / TimeSpan.TicksPerSecond,
                MetricAxis.Clock => (double)(series.Times[row] - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond,
                _ => step,
            };
            if (x >= request.MinX && x <= request.MaxX)
                points.Add(new CurvePoint(step, x, values[i], smoothed));
        }

        return points;
    }

    private static void Fill(Curve curve, ReadOnlySpan<CurvePoint> points, long width, bool withSmoothing)
    {
        var (min, max) = (double.NaN, double.NaN);
        for (var i = 0; i < points.Length; i++)
        {
            var point = points[i];
            // A value that is no number does not hide the others of its bucket.
            if (!double.IsNaN(point.Value))
            {
                min = double.IsNaN(min) ? point.Value : Math.Min(min, point.Value);
                max = double.IsNaN(max) ? point.Value : Math.Max(max, point.Value);
            }

            if (i + 1 < points.Length && points[i + 1].Step / width == point.Step / width)
                continue;
            curve.Step.Add(point.Step);
            curve.X.Add(point.X);
            curve.Last.Add(point.Value);
            curve.Min.Add(min);
            curve.Max.Add(max);
            if (withSmoothing)
                curve.Smoothed.Add(point.Smoothed);
            (min, max) = (double.NaN, double.NaN);
        }
    }

    private readonly record struct CurvePoint(long Step, double X, double Value, double Smoothed);
}
