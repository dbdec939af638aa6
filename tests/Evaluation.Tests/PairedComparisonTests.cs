using Platform.Evals;

namespace Platform.Evaluation.Tests;

public class PairedComparisonTests
{
    [Theory]
    // 2·Σ comb(n, k)/2ⁿ for k up to the smaller count, in Python's whole numbers.
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(9, 2, 0.0654296875)]
    [InlineData(20, 40, 0.01348929373119186)]
    [InlineData(5, 5, 1)]
    public void PValue_Flips_IsTheExactBinomialTest(int gained, int lost, double expected) =>
        Assert.Equal(expected, new PairedComparison(10, gained, lost, 10).PValue, 1e-6);

    [Fact]
    public void PValue_ThousandsOfFlips_StaysFinite() =>
        Assert.InRange(new PairedComparison(10, 4800, 5200, 10).PValue, 5e-5, 8e-5);

    [Fact]
    public void Interval_Flips_IsThatOfThePairedDifferences()
    {
        var comparison = new PairedComparison(6, 9, 2, 3);
        double[] differences =
        [
            .. Enumerable.Repeat(1.0, 9), .. Enumerable.Repeat(-1.0, 2), .. Enumerable.Repeat(0.0, 9),
        ];
        var mean = differences.Average();
        var error = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / 19 / 20);

        Assert.Equal(0.35, comparison.Difference, 12);
        Assert.Equal(error, comparison.StandardError, 12);
        Assert.Equal(0.35 - (1.959963984540054 * error), comparison.Interval.Low, 12);
    }
}
