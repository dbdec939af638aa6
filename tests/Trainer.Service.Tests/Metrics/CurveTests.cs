using System.Globalization;
using System.Text;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Metrics;

namespace Platform.Trainer.Service.Tests.Metrics;

public sealed class CurveTests : IDisposable
{
    private static readonly CurveRequest s_plain =
        new(MetricAxis.Step, double.NegativeInfinity, double.PositiveInfinity, 10, 0);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 10, 10, 1)]
    [InlineData(1, 11, 10, 2)]
    [InlineData(1, 100, 10, 16)]
    [InlineData(0, 0, 1, 1)]
    [InlineData(7, 8, 1, 16)]
    [InlineData(900, 1000, 10, 16)]
    [InlineData(1, 100_000, 800, 128)]
    public void WidthFor_Range_IsTheNarrowestPowerOfTwo(long first, long last, int buckets, long width) =>
        Assert.Equal(width, CurveBuilder.WidthFor(first, last, buckets));

    [Fact]
    public void Build_ManyPoints_EqualsTheNaiveBuckets()
    {
        var random = new Random(5);
        var values = Enumerable.Range(1, 1000).Select(step => (Step: (long)step, Value: random.NextDouble())).ToList();
        values[500] = (501, 50);
        values[505] = (506, -50);
        var curve = Assert.Single(Build(values, s_plain));

        Assert.Equal((128, 1000), (curve.BucketSteps, curve.PointCount));
        var naive = values.GroupBy(item => item.Step / 128).ToList();
        Assert.Equal(naive.Select(bucket => bucket.Last().Step), curve.Step);
        Assert.Equal(naive.Select(bucket => bucket.Last().Value), curve.Last);
        Assert.Equal(naive.Select(bucket => bucket.Min(item => item.Value)), curve.Min);
        Assert.Equal(naive.Select(bucket => bucket.Max(item => item.Value)), curve.Max);
        Assert.Contains(50, curve.Max);
        Assert.Contains(-50, curve.Min);
    }

    [Fact]
    public void Build_RunGrows_OldBucketsStay()
    {
        var values = Enumerable.Range(1, 639).Select(step => ((long)step, Math.Sin(step))).ToList();
        var before = Assert.Single(Build(values[..550], s_plain));
        var after = Assert.Single(Build(values, s_plain));

        Assert.Equal(before.BucketSteps, after.BucketSteps);
        var whole = before.Step.Count - 1;
        Assert.Equal(before.Min.Take(whole), after.Min.Take(whole));
        Assert.Equal(before.Step.Take(whole), after.Step.Take(whole));
    }

    [Fact]
    public void Build_HalfLife_HalvesTheDistanceEachSoManySteps()
    {
        // From 0 it jumps to 1 and stays: after one half-life it has gone half the way, whatever lies between points.
        var request = s_plain with { HalfLife = 8, MaxBuckets = 100 };
        var dense = Assert.Single(Build([(0, 0), .. Steps(1, 16, 1)], request));
        var sparse = Assert.Single(Build([(0, 0), .. Steps(4, 16, 4)], request));

        Assert.Equal(0.5, dense.Smoothed[8], 9);
        Assert.Equal(0.75, dense.Smoothed[16], 9);
        Assert.Equal(0.5, sparse.Smoothed[2], 9);
        Assert.Equal(0.75, sparse.Smoothed[4], 9);
        Assert.Empty(Assert.Single(Build([(0, 0)], s_plain)).Smoothed);

        static IEnumerable<(long, double)> Steps(int first, int last, int by)
        {
            for (var step = first; step <= last; step += by)
                yield return (step, 1);
        }
    }

    [Fact]
    public void Build_ZoomedIn_SmoothingIsThatOfTheWholeCurve()
    {
        var values = Enumerable.Range(0, 100).Select(step => ((long)step, (double)(step % 7))).ToList();
        var request = s_plain with { HalfLife = 10, MaxBuckets = 1000 };
        var whole = Assert.Single(Build(values, request));
        var part = Assert.Single(Build(values, request with { MinX = 50, MaxX = 59 }));

        Assert.Equal((10, 50L, 59L), (part.PointCount, part.Step[0], part.Step[^1]));
        Assert.Equal(whole.Smoothed.Skip(50).Take(10), part.Smoothed);
        Assert.Empty(Build(values, request with { MinX = 1000 }));
    }

    [Fact]
    public void Build_NotANumber_HidesNothingElse()
    {
        var curve = Assert.Single(Build(
            [(1, 3), (2, double.NaN), (3, 1), (4, double.PositiveInfinity)],
            s_plain with { MaxBuckets = 1, HalfLife = 2 }));

        Assert.Equal(1, curve.Min[0]);
        Assert.Equal((double.PositiveInfinity, double.PositiveInfinity), (curve.Max[0], curve.Last[0]));
        Assert.True(double.IsFinite(curve.Smoothed[0]));
    }

    [Theory]
    [InlineData(MetricAxis.Step, 3)]
    [InlineData(MetricAxis.Tokens, 192)]
    [InlineData(MetricAxis.RelativeSeconds, 2)]
    [InlineData(MetricAxis.Clock, (20_000 * 86_400L) + 3)]
    public void Build_Axes_GiveTheirX(MetricAxis axis, double last)
    {
        var curve = Assert.Single(Build([(1, 3), (2, 2), (3, 1)], s_plain with { Axis = axis }));

        Assert.Equal(last, curve.X[^1]);
    }

    [Fact]
    public void Update_AttemptsResumeAndBeginAnew_SupersededPointsAreGone()
    {
        File.WriteAllText(_folder["events.jsonl"], "");
        File.WriteAllText(
            _folder["metrics.jsonl"], Lines(1, [(1, 10), (2, 20), (3, 30)]) + Lines(2, [(1, 11), (2, 21), (3, 31)]));
        var series = new RunSeries(_folder.Path);
        series.Update();
        Assert.Equal([11, 21, 31], Values(series));

        File.AppendAllText(
            _folder["events.jsonl"],
            """{"time": "2026-01-01T00:00:00Z", "type": "resumed", "attempt": 3, "step": 2}""" + "\n");
        File.AppendAllText(_folder["metrics.jsonl"], Lines(3, [(3, 32)]) + "{\"attempt\": 3, \"step\": 4, \"train_");
        series.Update();
        Assert.Equal([11, 21, 32], Values(series));

        File.AppendAllText(_folder["metrics.jsonl"], "loss\": 1}\nnonsense\n" + Lines(3, [(5, 50)]));
        series.Update();
        Assert.Equal([11, 21, 32, 1, 50], Values(series));
        Assert.Equal([2], series.ResumeSteps);

        IEnumerable<double> Values(RunSeries from) => CurveBuilder
            .Build("runs/x", "train_loss", from, from.Columns["train_loss"], s_plain with { MaxBuckets = 100 })!.Last;
    }

    [Fact]
    public void Build_SinceResume_CountsFromEachResumeAndNoBucketLiesAcrossOne()
    {
        File.WriteAllText(
            _folder["events.jsonl"],
            """{"time": "2026-01-01T00:00:00Z", "type": "resumed", "attempt": 2, "step": 2}""" + "\n");
        File.WriteAllText(
            _folder["metrics.jsonl"], Lines(1, [(1, 10), (2, 20), (3, 30)]) + Lines(2, [(3, 31), (4, 41), (5, 51)]));
        var series = new RunSeries(_folder.Path);
        series.Update();
        var request = s_plain with { Axis = MetricAxis.StepSinceResume };

        var single = CurveBuilder.Build("runs/x", "train_loss", series, series.Columns["train_loss"], request)!;
        var wide = CurveBuilder.Build(
            "runs/x", "train_loss", series, series.Columns["train_loss"], request with { MaxBuckets = 2 })!;
        var early = CurveBuilder.Build(
            "runs/x", "train_loss", series, series.Columns["train_loss"], request with { MaxX = 1 })!;

        Assert.Equal([1, 2, 1, 2, 3], single.X);
        Assert.Equal([10, 20, 31, 41, 51], single.Last);
        // Steps 2 and 3 share a bucket of four by their numbers.
        Assert.Equal(4, wide.BucketSteps);
        Assert.Equal([2, 1, 3], wide.X);
        Assert.Equal([10, 31, 41], wide.Min);
        Assert.Equal([20, 31, 51], wide.Max);
        Assert.Equal([10, 31], early.Last);
    }

    // How long it takes: benchmarks -- metrics.
    [Fact]
    public void Build_HundredThousandPoints_AsManyBucketsAsAskedForAndEveryPointInOne()
    {
        File.WriteAllText(
            _folder["metrics.jsonl"], Lines(1, Enumerable.Range(1, 100_000).Select(step => ((long)step, 1.0 / step))));
        var series = new RunSeries(_folder.Path);
        series.Update();

        var request = s_plain with { MaxBuckets = 800, HalfLife = 50 };
        var curve = CurveBuilder.Build("runs/x", "train_loss", series, series.Columns["train_loss"], request)!;

        Assert.Equal(100_000, curve.PointCount);
        Assert.InRange(curve.X.Count, 400, 800);
        Assert.Equal(1.0, curve.Max[0]);
        Assert.Equal(1.0 / 100_000, curve.Last[^1], 1e-15);
        Assert.Equal(100_000, curve.X[^1]);
        // Falling values: what one bucket ends with is more than the next one's largest.
        Assert.All(Enumerable.Range(1, curve.X.Count - 1), i => Assert.True(curve.Min[i - 1] > curve.Max[i]));
    }

    private List<Curve> Build(IEnumerable<(long Step, double Value)> values, CurveRequest request)
    {
        File.WriteAllText(_folder["metrics.jsonl"], Lines(1, values));
        var series = new RunSeries(_folder.Path);
        series.Update();
        return CurveBuilder.Build("runs/x", "train_loss", series, series.Columns["train_loss"], request) is { } curve
            ? [curve]
            : [];
    }

    private static string Lines(int attempt, IEnumerable<(long Step, double Value)> values)
    {
        var text = new StringBuilder();
        foreach (var (step, value) in values)
        {
            var time = DateTime.UnixEpoch.AddDays(20_000).AddSeconds(step);
            var number = double.IsFinite(value)
                ? value.ToString("R", CultureInfo.InvariantCulture)
                : $"\"{value.ToString(CultureInfo.InvariantCulture)}\"";
            text.Append(
                CultureInfo.InvariantCulture,
                $$"""{"time": "{{time:yyyy-MM-ddTHH:mm:ss.fffZ}}", "attempt": {{attempt}}, "step": {{step}}, """);
            text.Append(CultureInfo.InvariantCulture, $"\"tokens\": {step * 64}, \"train_loss\": {number}}}\n");
        }

        return text.ToString();
    }
}
