using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Sweeps;

namespace Platform.Trainer.Service.Tests.Sweeps;

public sealed class SeedBlocksTests
{
    // 5 % and 1 % points of printed tables, to their 4 or 5 digits.
    [Theory]
    [InlineData(4.9646, 1, 10, 0.05)]
    [InlineData(2.9961, 6, 12, 0.05)]
    [InlineData(4.9382, 3, 20, 0.01)]
    [InlineData(161.45, 1, 1, 0.05)]
    [InlineData(1.4290, 60, 120, 0.05)]
    public void UpperTail_PointsOfTables_AreTheirProbabilities(double f, int upper, int lower, double probability) =>
        Assert.Equal(probability, FDistribution.UpperTail(f, upper, lower), 0.0005);

    // With two degrees above there is a closed form.
    [Theory]
    [InlineData(0)]
    [InlineData(0.001)]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(1e6)]
    public void UpperTail_TwoDegreesAbove_IsTheClosedForm(double f)
    {
        foreach (var lower in (int[])[1, 2, 7, 96])
            Assert.Equal(Math.Pow(1 + (2 * f / lower), -lower / 2.0), FDistribution.UpperTail(f, 2, lower), 1e-10);
    }

    [Fact]
    public void PValue_SeedsThatMoveAllAlike_DoNotHideWhatTheAxisMoves()
    {
        // Between seeds the objective moves by whole numbers, between the values of the axis by hundredths.
        var results = Results([1.000, 3.001, 2.000], [1.020, 3.020, 2.021], [1.051, 3.050, 2.049]);

        var probability = SeedBlocks.PValue(results, results.Select(result => new[] { result }));

        Assert.True(probability < 0.001, $"{probability}");
    }

    [Fact]
    public void PValue_ByHand_IsThatOfTheBlocks()
    {
        // Means 2 and 3, of seeds 2, 2, 3.5; what is left is ±0, ±0.5, ±0.5: F = 1.5 / (1 / 2) with 1 and 2 degrees.
        var results = Results([1.5, 1, 3.5], [2.5, 3, 3.5]);

        var probability = SeedBlocks.PValue(results, results.Select(result => new[] { result }));

        Assert.Equal(1 - Math.Sqrt(3.0 / 5), probability!.Value, 1e-9);
    }

    [Fact]
    public void PValue_WithoutRepeatsOrOfOneValue_IsUnknown()
    {
        var single = Results([1], [2]);
        Assert.Null(SeedBlocks.PValue(single, single.Select(result => new[] { result })));
        var half = Results([1, 2], [3]);
        Assert.Null(SeedBlocks.PValue(half, half.Select(result => new[] { result })));
    }

    private static List<ConfigurationResult> Results(params double[][] objectives) =>
        [
            .. objectives.Select(
                (values, i) => new ConfigurationResult("datasets/a", i, new Struct(), [new Trial()], values)),
        ];
}
