using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;

namespace Platform.Dashboard.Tests.Charts;

public sealed class LiveCurvesTests
{
    private static readonly DateTime _start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private const string Run = "runs/a";
    private readonly LiveCurves _curves = new();

    [Fact]
    public void Add_PointsThatAreDrawn_AreNotDoubled()
    {
        Reset([Curve("train_loss", 10)], "step", 1);

        _curves.Add(
            Run,
            [Point("train_loss", 9), Point("train_loss", 10), Point("train_loss", 11), Point("train_loss", 11)]);

        Assert.Equal([new LivePoint(0, 11, 11, 0.5)], _curves.Take());
        Assert.Empty(_curves.Take());
        Assert.False(_curves.NeedsReload);
    }

    [Fact]
    public void Add_ResumedAttemptBehindWhatIsDrawn_AsksForTheCurves()
    {
        // Bug guarded: points of a killed attempt beyond its last checkpoint stayed drawn after the resume.
        Reset([Curve("train_loss", 100)], "step", 1);

        _curves.Add(Run, [Point("train_loss", 81, attempt: 2)]);

        Assert.True(_curves.NeedsReload);
    }

    [Fact]
    public void Add_LaterAttemptBehindItsCheckpoint_AsksOnce()
    {
        Reset([Curve("train_loss", 100)], "step", 1);
        _curves.Add(Run, [Point("train_loss", 81, attempt: 2)]);

        Reset([Curve("train_loss", 81)], "step", 2);
        _curves.Add(Run, [Point("train_loss", 82, attempt: 2)]);

        Assert.False(_curves.NeedsReload);
        Assert.Single(_curves.Take());
    }

    [Fact]
    public void Add_SeriesThatWasNotThere_AsksForTheCurves()
    {
        Reset([], "step", 1);

        _curves.Add(Run, [Point("validation_loss", 0)]);

        Assert.True(_curves.NeedsReload);
    }

    [Fact]
    public void Reset_PointsThatCameWhileTheCurvesWereRead_AreAddedBehindThem()
    {
        // Bug guarded: a point that came between the service's answer and its drawing was lost.
        Reset([Curve("train_loss", 1)], "step", 1);
        _curves.Add(Run, [Point("train_loss", 2)]);
        _curves.BeginReading();
        _curves.Add(Run, [Point("train_loss", 3), Point("train_loss", 4)]);
        _curves.Take();

        Reset([Curve("train_loss", 3)], "step", 1);

        Assert.Equal([4L], _curves.Take().Select(p => p.Step));
    }

    [Fact]
    public void Add_SeriesWithoutAChart_IsPassedOver()
    {
        Reset([Curve("train_loss", 1)], "step", 1);

        _curves.Add(Run, [Point("step_seconds", 2), Point("tokens", 2)]);

        Assert.False(_curves.NeedsReload);
        Assert.Empty(_curves.Take());
    }

    [Fact]
    public void Add_ByTokens_StandsAtTheTokensOfItsStep()
    {
        Reset([Curve("train_loss", 1)], "tokens", 1);

        _curves.Add(Run, [Point("train_loss", 2), new() { Series = "tokens", Step = 2, Value = 8_192, Attempt = 1 }]);

        Assert.Equal([new LivePoint(0, 2, 8_192, 0.5)], _curves.Take());
    }

    [Fact]
    public void Add_ByTime_CountsFromTheRunsFirstPoint()
    {
        // Bug guarded: only the service knew when a run's first point was written, so by time the curves were read
        // again every two seconds.
        var curve = Curve("train_loss", 1);
        curve.StartTime = Timestamp.FromDateTime(_start);
        Reset([curve], "seconds", 1);
        var point = Point("train_loss", 2);
        point.Time = Timestamp.FromDateTime(_start.AddSeconds(12.5));

        _curves.Add(Run, [point]);

        Assert.Equal([new LivePoint(0, 2, 12.5, 0.5)], _curves.Take());
        Assert.False(_curves.NeedsReload);
    }

    [Fact]
    public void Add_SinceResume_CountsFromTheLastOneAndAnotherReadsAgain()
    {
        var curve = Curve("train_loss", 60);
        curve.ResumeSteps.AddRange([20, 50]);
        Reset([curve], "resume", 3);

        _curves.Add(Run, [Point("train_loss", 61, attempt: 3)]);
        Assert.Equal([new LivePoint(0, 61, 11, 0.5)], _curves.Take());
        Assert.False(_curves.NeedsReload);

        _curves.Add(Run, [Point("train_loss", 62, attempt: 4)]);
        Assert.True(_curves.NeedsReload);
    }

    [Fact]
    public void Add_SeveralRuns_EachHasItsOwnCurves()
    {
        var other = Curve("train_loss", 5);
        other.Run = "runs/b";
        Reset([Curve("train_loss", 10), other], "step", 1);

        _curves.Add("runs/b", [Point("train_loss", 6)]);
        _curves.Add(Run, [Point("train_loss", 6)]);

        Assert.Equal([new LivePoint(1, 6, 6, 0.5)], _curves.Take());
    }

    private void Reset(IReadOnlyList<Curve> curves, string axis, int attempt) =>
        _curves.Reset(curves, ["train_loss", "validation_loss"], axis, [new(Run, attempt)]);

    private static Curve Curve(string series, long lastStep)
    {
        var curve = new Curve { Run = Run, Series = series };
        curve.Step.Add(lastStep);
        curve.X.Add(lastStep);
        return curve;
    }

    private static MetricPoint Point(string series, long step, int attempt = 1) =>
        new() { Series = series, Step = step, Value = 0.5, Attempt = attempt };
}
