using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;

namespace Platform.Dashboard.Tests.Charts;

public sealed class LiveCurvesTests
{
    private readonly LiveCurves _curves = new();

    [Fact]
    public void Add_PointsThatAreDrawn_AreNotDoubled()
    {
        _curves.Reset([Curve("train_loss", 10)], "step", 1);

        _curves.Add([Point("train_loss", 9), Point("train_loss", 10), Point("train_loss", 11), Point("train_loss", 11)]);

        Assert.Equal([new LivePoint(0, 11, 11, 0.5)], _curves.Take());
        Assert.Empty(_curves.Take());
        Assert.False(_curves.NeedsReload);
    }

    [Fact]
    public void Add_ResumedAttemptBehindWhatIsDrawn_AsksForTheCurves()
    {
        // Bug guarded: points of a killed attempt beyond its last checkpoint stayed drawn after the resume.
        _curves.Reset([Curve("train_loss", 100)], "step", 1);

        _curves.Add([Point("train_loss", 81, attempt: 2)]);

        Assert.True(_curves.NeedsReload);
    }

    [Fact]
    public void Add_LaterAttemptBehindItsCheckpoint_AsksOnce()
    {
        _curves.Reset([Curve("train_loss", 100)], "step", 1);
        _curves.Add([Point("train_loss", 81, attempt: 2)]);

        _curves.Reset([Curve("train_loss", 81)], "step", 2);
        _curves.Add([Point("train_loss", 82, attempt: 2)]);

        Assert.False(_curves.NeedsReload);
        Assert.Single(_curves.Take());
    }

    [Fact]
    public void Add_SeriesThatWasNotThere_AsksForTheCurves()
    {
        _curves.Reset([], "step", 1);

        _curves.Add([Point("validation_loss", 0)]);

        Assert.True(_curves.NeedsReload);
    }

    [Fact]
    public void Reset_PointsThatCameWhileTheCurvesWereRead_AreAddedBehindThem()
    {
        // Bug guarded: a point that came between the service's answer and its drawing was lost.
        _curves.Reset([Curve("train_loss", 1)], "step", 1);
        _curves.Add([Point("train_loss", 2)]);
        _curves.BeginReading();
        _curves.Add([Point("train_loss", 3), Point("train_loss", 4)]);
        _curves.Take();

        _curves.Reset([Curve("train_loss", 3)], "step", 1);

        Assert.Equal([4L], _curves.Take().Select(p => p.Step));
    }

    [Fact]
    public void Add_SeriesWithoutAChart_IsPassedOver()
    {
        _curves.Reset([Curve("train_loss", 1)], "step", 1);

        _curves.Add([Point("step_seconds", 2), Point("tokens", 2)]);

        Assert.False(_curves.NeedsReload);
        Assert.Empty(_curves.Take());
    }

    [Fact]
    public void Add_ByTokens_StandsAtTheTokensOfItsStep()
    {
        _curves.Reset([Curve("train_loss", 1)], "tokens", 1);

        _curves.Add([Point("train_loss", 2), new() { Series = "tokens", Step = 2, Value = 8_192, Attempt = 1 }]);

        Assert.Equal([new LivePoint(0, 2, 8_192, 0.5)], _curves.Take());
    }

    [Fact]
    public void Add_ByTime_AsksForTheCurves()
    {
        _curves.Reset([Curve("train_loss", 1)], "seconds", 1);

        _curves.Add([Point("train_loss", 2)]);

        Assert.True(_curves.NeedsReload);
    }

    private static Curve Curve(string series, long lastStep)
    {
        var curve = new Curve { Series = series };
        curve.Step.Add(lastStep);
        curve.X.Add(lastStep);
        return curve;
    }

    private static MetricPoint Point(string series, long step, int attempt = 1) =>
        new() { Series = series, Step = step, Value = 0.5, Attempt = attempt };
}
