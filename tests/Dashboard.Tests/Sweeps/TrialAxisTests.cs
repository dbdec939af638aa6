using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Sweeps;

namespace Platform.Dashboard.Tests.Sweeps;

public sealed class TrialAxisTests
{
    [Fact]
    public void Of_FewNumbers_AreLabelsInTheirOrder()
    {
        Trial[] trials = [Numbered(16), Numbered(2), Numbered(8), Numbered(2)];

        var axis = TrialAxis.Of("lora.rank", trials);

        Assert.Equal(("rank", false), (axis.Name, axis.Log));
        Assert.Equal(["2", "8", "16"], axis.Labels);
        Assert.Equal([2.0, 0, 1, 0], trials.Select(t => axis.PlaceOf(t)!.Value));
        Assert.Null(axis.PlaceOf(new Trial()));
    }

    [Theory]
    [InlineData(40, false)]
    [InlineData(60, true)]
    public void Of_ManyNumbers_AreAScaleThatIsLogarithmicWhenWide(double times, bool log)
    {
        var trials = Enumerable.Range(0, 13).Select(i => Numbered(1 + (i * (times - 1) / 12))).ToList();

        var axis = TrialAxis.Of("lora.rank", trials);

        Assert.Empty(axis.Labels);
        Assert.Equal(log, axis.Log);
        Assert.Equal(times, axis.PlaceOf(trials[^1])!.Value, 1e-9);
    }

    [Fact]
    public void Of_Words_AreLabels()
    {
        Trial[] trials = [With(Value.ForString("q")), With(Value.ForList(Value.ForString("q"), Value.ForString("v")))];

        var axis = TrialAxis.Of("lora.rank", trials);

        Assert.Equal(["q", "q+v"], axis.Labels);
        Assert.Equal(1, axis.PlaceOf(trials[1]));
    }

    private static Trial Numbered(double value) => With(Value.ForNumber(value));

    private static Trial With(Value value)
    {
        var settings = new Struct();
        settings.Fields["lora.rank"] = value;
        return new() { Settings = settings };
    }
}
