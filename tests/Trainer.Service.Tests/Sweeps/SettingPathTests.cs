using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Sweeps;

namespace Platform.Trainer.Service.Tests.Sweeps;

public sealed class SettingPathTests
{
    [Fact]
    public void TrySet_EveryKindOfSetting_Arrives()
    {
        var spec = new RunSpec();
        Set("lora.rank", Value.ForNumber(4));
        Set("lora.targets", Value.ForList(Value.ForString("c_attn"), Value.ForString("c_proj")));
        Set("lora.rslora", Value.ForBool(true));
        Set("precision", Value.ForString("bf16"));
        Set("optimizer.schedule", Value.ForString("SCHEDULE_LINEAR"));
        Set("optimizer.learning_rate", Value.ForNumber(0.1));
        Set("batch.tokens_per_step", Value.ForNumber(524_288));
        Set("device", Value.ForString("cpu"));

        Assert.Equal(
            new RunSpec
            {
                Lora = new LoraSpec { Rank = 4, Targets = { "c_attn", "c_proj" }, Rslora = true },
                Precision = Precision.Bf16,
                Optimizer = new OptimizerSpec { Schedule = Schedule.Linear, LearningRate = 0.1 },
                Batch = new BatchSpec { TokensPerStep = 524_288 },
                Device = "cpu",
            },
            spec);

        void Set(string path, Value value) => Assert.Null(SettingPath.TryParse(path, out _)!.TrySet(spec, value));
    }

    [Theory]
    [InlineData("lora.range", "lora has no 'range', only rank, alpha")]
    [InlineData("lora", "group of settings")]
    [InlineData("device.index", "'device' is a setting")]
    [InlineData("", "a run's spec has no ''")]
    [InlineData("dataset", "`datasets`")]
    public void TryParse_NoSetting_SaysWhatThereIs(string path, string problem)
    {
        Assert.Null(SettingPath.TryParse(path, out var text));
        Assert.Contains(problem, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lora.rank", 1.5, "a whole number")]
    [InlineData("lora.rank", 1e10, "a whole number")]
    [InlineData("device", 1, "a text")]
    [InlineData("precision", 1, "one of FP32, BF16, TF32")]
    [InlineData("random_batches", 1, "true or false")]
    public void TrySet_WrongKind_SaysWhatItTakes(string path, double value, string expected)
    {
        var problem = SettingPath.TryParse(path, out _)!.TrySet(new RunSpec(), Value.ForNumber(value));

        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }
}
