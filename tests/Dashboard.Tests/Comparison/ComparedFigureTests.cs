using Platform.Dashboard.Comparison;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tests.Comparison;

public sealed class ComparedFigureTests
{
    private readonly ComparedFigure _figure = new("Loss", v => Format.Loss(v), [2, 1.5, null, double.NaN, 0]);

    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(1, 0, "−0.5000 (−25.0 %)")]
    [InlineData(0, 1, "+0.5000 (+33.3 %)")]
    [InlineData(2, 0, "")]
    [InlineData(3, 0, "")]
    [InlineData(0, 4, "+2.0000")]
    public void Difference_FromTheBaseline_IsSaidWhereThereIsOne(int run, int baseline, string words) =>
        Assert.Equal(words, _figure.Difference(run, baseline));

    [Fact]
    public void Text_NotMeasured_IsADash() => Assert.Equal("–", _figure.Text(2));
}
