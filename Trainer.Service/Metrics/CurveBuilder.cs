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
        // Twice over the columns rather than once into a list:
        // of 200,000 points a list is megabytes, five times a page.
        var (first, last, count) = Find(series, column, request);
        if (count == 0)
            return null;
        var rows = column.Rows;
        var width = WidthFor(series.Steps[rows[first]], series.Steps[rows[last]], request.MaxBuckets);
        var curve = new Curve { Run = run, Series = name, BucketSteps = width, PointCount = count };
        curve.ResumeSteps.AddRange(series.ResumeSteps);
        curve.StartTime = Timestamp.FromDateTime(new DateTime(series.Times[0], DateTimeKind.Utc));
        Fill(curve, series, column, request, first, last);
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

    // The first and the last value in the range, and how many there are.
    private static (int First, int Last, int Count) Find(RunSeries series, SeriesColumn column, CurveRequest request)
    {
        var rows = CollectionsMarshal.AsSpan(column.Rows);
        var superseded = CollectionsMarshal.AsSpan(series.Superseded);
        var (first, last, count) = (-1, -1, 0);
        for (var i = 0; i < rows.Length; i++)
        {
            if (superseded[rows[i]] || !IsInRange(series, rows[i], request))
                continue;
            if (first < 0)
                first = i;
            last = i;
            count++;
        }

        return (first, last, count);
    }

    private static void Fill(
        Curve curve, RunSeries series, SeriesColumn column, CurveRequest request, int first, int last)
    {
        var rows = CollectionsMarshal.AsSpan(column.Rows);
        var values = CollectionsMarshal.AsSpan(column.Values);
        var steps = CollectionsMarshal.AsSpan(series.Steps);
        var superseded = CollectionsMarshal.AsSpan(series.Superseded);
        var smoothing = new Smoothing(request.HalfLife);
        var bucket = new Bucket();
        // Widths are powers of two and steps are not negative: a shift is the division.
        var shift = BitOperations.TrailingZeroCount(curve.BucketSteps);

        // Smoothing remembers what lies before the range.
        for (var i = request.HalfLife > 0 ? 0 : first; i <= last; i++)
        {
            var row = rows[i];
            if (superseded[row])
                continue;
            var step = steps[row];
            var smoothed = smoothing.Next(step, values[i]);
            if (i < first || !IsInRange(series, row, request))
                continue;
            var part = request.Axis is MetricAxis.StepSinceResume ? series.BeganAt(row) : 0;
            if (bucket.Place != (part, step >> shift))
                bucket.MoveTo((part, step >> shift), curve, series, request);
            bucket.Add(row, values[i], smoothed);
        }

        bucket.MoveTo(default, curve, series, request);
    }

    private static bool IsInRange(RunSeries series, int row, CurveRequest request) =>
        XOf(series, row, request.Axis) is var x && x >= request.MinX && x <= request.MaxX;

    private static double XOf(RunSeries series, int row, MetricAxis axis) => axis switch
    {
        MetricAxis.Tokens => series.Tokens[row],
        MetricAxis.RelativeSeconds => (double)(series.Times[row] - series.Times[0]) / TimeSpan.TicksPerSecond,
        MetricAxis.Clock => (double)(series.Times[row] - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond,
        MetricAxis.StepSinceResume => series.Steps[row] - series.BeganAt(row),
        _ => series.Steps[row],
    };

    // The bucket that is being filled.
    private struct Bucket()
    {
        private int _row = -1;
        private double _last;
        private double _min;
        private double _max;
        private double _smoothed;

        // From where its attempt went on, and its number.
        public (long Part, long Number) Place { get; private set; } = (-1, -1);

        public void Add(int row, double value, double smoothed)
        {
            (_row, _last, _smoothed) = (row, value, smoothed);
            // A value that is no number does not hide the others of its bucket.
            if (double.IsNaN(value))
                return;
            _min = double.IsNaN(_min) ? value : Math.Min(_min, value);
            _max = double.IsNaN(_max) ? value : Math.Max(_max, value);
        }

        // Writes what it has down and begins the next.
        public void MoveTo((long Part, long Number) place, Curve curve, RunSeries series, CurveRequest request)
        {
            if (_row >= 0)
            {
                curve.Step.Add(series.Steps[_row]);
                curve.X.Add(XOf(series, _row, request.Axis));
                curve.Last.Add(_last);
                curve.Min.Add(_min);
                curve.Max.Add(_max);
                if (request.HalfLife > 0)
                    curve.Smoothed.Add(_smoothed);
            }

            (Place, _row, _min, _max) = (place, -1, double.NaN, double.NaN);
        }
    }
}
