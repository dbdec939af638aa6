using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.Specs.Tests;

public sealed class SpecWriterTests
{
    [Fact]
    public void Write_RunSpec_IsReadBackTheSame()
    {
        var spec = new RunSpec
        {
            Dataset = "datasets/x",
            BaseModel = "runs/base@500",
            MaxSteps = 2_000,
            Precision = Precision.Bf16,
            Device = "cuda:0",
            RandomBatches = false,
            Model = new() { NLayer = 4, Bias = false, Dropout = 0 },
            Optimizer = new() { LearningRate = 6e-4, WeightDecay = 0.1, Schedule = Schedule.Linear },
            Lora = new() { Rank = 8, Targets = { "c_attn", ".*\\.c_proj", "yes", "12" }, Bias = LoraBias.LoraOnly },
        };

        var yaml = SpecWriter.Write(spec);

        Assert.Equal(spec, Read(new RunSpec(), yaml));
        Assert.Contains("optimizer:\n  learning_rate: 0.0006\n  schedule: linear\n", yaml, StringComparison.Ordinal);
        Assert.Contains("device: cuda:0\n", yaml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Once upon a time")]
    [InlineData("line\nfeed: #no comment")]
    [InlineData(" spaces ")]
    [InlineData("\"quoted\" \\ 'both' {x: [1]}")]
    [InlineData("emoji 🦊 \u0007")]
    [InlineData("null")]
    [InlineData("1e5")]
    public void Write_AnyText_IsReadBackTheSame(string text)
    {
        var spec = new RunSpec { Device = text };

        Assert.Equal(spec, Read(new RunSpec(), SpecWriter.Write(spec)));
    }

    [Fact]
    public void Write_SweepSpec_KeepsListsOfMessagesAndTypesOfValues()
    {
        var spec = new SweepSpec { Base = new() { Lora = new() }, Datasets = { "datasets/a" } };
        spec.Axes.Add(new Axis { Setting = "lora.rank", Values = { Value.ForNumber(2), Value.ForString("2") } });
        spec.Axes.Add(new Axis
        {
            Setting = "lora.targets",
            Values = { Value.ForList(Value.ForString("c_attn"), Value.ForBool(true)) },
        });

        Assert.Equal(spec, Read(new SweepSpec(), SpecWriter.Write(spec)));
    }

    [Fact]
    public void Write_NothingSet_IsEmpty() => Assert.Empty(SpecWriter.Write(new RunSpec()));

    private static T Read<T>(T message, string yaml)
        where T : Google.Protobuf.IMessage
    {
        SpecFile.ParseInto(message, yaml, "spec");
        return message;
    }
}
