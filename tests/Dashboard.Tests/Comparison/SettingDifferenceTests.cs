using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Comparison;

namespace Platform.Dashboard.Tests.Comparison;

public sealed class SettingDifferenceTests
{
    [Fact]
    public void Of_TwoSpecs_NamesWhatDiffersInTheProtosOrder()
    {
        var full = new RunSpec
        {
            Dataset = "datasets/x",
            MaxSteps = 10,
            Optimizer = new() { LearningRate = 1e-3 },
            Seed = 1,
        };
        var tuned = new RunSpec
        {
            Dataset = "datasets/x",
            BaseModel = "runs/a",
            MaxSteps = 20,
            Seed = 1,
            Lora = new() { Rank = 8 },
        };

        var settings = SettingDifference.Of([full, tuned]);

        Assert.Equal(
            ["dataset", "base_model", "max_steps", "optimizer.learning_rate", "seed", "lora.rank"],
            settings.Select(s => s.Path));
        Assert.Equal(
            ["base_model", "max_steps", "optimizer.learning_rate", "lora.rank"],
            settings.Where(s => s.Differs).Select(s => s.Path));
        Assert.Equal(["", "runs/a"], settings[1].Values);
    }

    [Fact]
    public void Of_NoSpecs_IsEmpty() => Assert.Empty(SettingDifference.Of([]));
}
