using Platform.Contracts.Trainer.V1;

namespace Platform.Specs.Tests;

public sealed class SpecFileTests
{
    [Fact]
    public void ParseInto_WholeSpec_FillsEveryKindOfField()
    {
        var spec = Parse("""
            dataset: datasets/shakespeare
            max_steps: 2_000
            precision: bf16
            random_batches: yes
            model:
              n_layer: 4
              bias: false
            optimizer: { learning_rate: 1e-3, schedule: cosine }
            batch:
              tokens_per_step: 5e5
            lora:
              targets: [c_attn, mlp.c_proj]
              bias: LORA_BIAS_LORA_ONLY
            """);

        Assert.Equal("datasets/shakespeare", spec.Dataset);
        Assert.Equal(2000, spec.MaxSteps);
        Assert.Equal(Precision.Bf16, spec.Precision);
        Assert.True(spec.RandomBatches);
        Assert.Equal(4, spec.Model.NLayer);
        Assert.False(spec.Model.Bias);
        Assert.True(spec.Model.HasBias);
        Assert.False(spec.Model.HasNHead);
        Assert.Equal(1e-3, spec.Optimizer.LearningRate);
        Assert.Equal(Schedule.Cosine, spec.Optimizer.Schedule);
        Assert.Equal(500_000, spec.Batch.TokensPerStep);
        Assert.Equal(["c_attn", "mlp.c_proj"], spec.Lora.Targets);
        Assert.Equal(LoraBias.LoraOnly, spec.Lora.Bias);
    }

    [Fact]
    public void ParseInto_SweepAxes_KeepTheTypesOfTheirValues()
    {
        var spec = new SweepSpec();
        SpecFile.ParseInto(spec, """
            base: { dataset: datasets/x }
            axes:
              - setting: lora.rank
                values: [1, 2]
              - setting: lora.targets
                values: [[c_attn], [c_attn, c_fc], "4"]
            """, "sweep.yaml");

        Assert.Equal(2, spec.Axes[0].Values[1].NumberValue);
        Assert.Equal("c_fc", spec.Axes[1].Values[1].ListValue.Values[1].StringValue);
        Assert.Equal("4", spec.Axes[1].Values[2].StringValue);
    }

    [Theory]
    [InlineData("dataset: x\nlearning_rat: 1\n", "spec.yaml:2: Unknown key 'learning_rat'")]
    [InlineData(
        "optimizer:\n  learning_rte: 1\n",
        "spec.yaml:2: Unknown key 'learning_rte' in 'optimizer'. Did you mean 'learning_rate'?")]
    [InlineData("max_steps: many\n", "spec.yaml:1: 'max_steps': 'many' is no whole number.")]
    [InlineData("max_steps: 1.5\n", "spec.yaml:1: 'max_steps': '1.5' is no whole number.")]
    [InlineData("model:\n  n_layer: 99999999999\n", "spec.yaml:2: 'model.n_layer': '99999999999' is no whole number.")]
    [InlineData("precision: fp8\n", "spec.yaml:1: 'precision': 'fp8' is none of fp32, bf16, tf32.")]
    [InlineData("model: gpt2\n", "spec.yaml:1: 'model' must be a list of 'name: value' lines.")]
    [InlineData("dataset: [a]\n", "spec.yaml:1: 'dataset' must be a single value.")]
    [InlineData("- a\n", "spec.yaml:1: The spec must be")]
    [InlineData("a: b: c\n", "spec.yaml:1: ")]
    [InlineData("[x, y]: 1\n", "spec.yaml:1: ")]
    public void ParseInto_WrongSpec_NamesTheLine(string yaml, string message) =>
        Assert.StartsWith(message, Assert.Throws<SpecException>(() => Parse(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void ParseInto_EmptyFile_ChangesNothing() => Assert.Equal(new RunSpec(), Parse("# nothing\n"));

    [Theory]
    [InlineData("optimizer.learning_rate=3e-4")]
    [InlineData("lora.targets=[c_attn, c_fc]")]
    [InlineData("lora.targets=c_attn")]
    [InlineData("evaluation.sample_prompt=One: two {three")]
    public void Apply_Assignment_SetsTheField(string assignment)
    {
        var spec = new RunSpec();

        SpecAssignment.Apply(spec, assignment);

        Assert.True(spec.Optimizer?.LearningRate == 3e-4 || spec.Lora?.Targets[0] == "c_attn"
            || spec.Evaluation?.SamplePrompt == "One: two {three");
    }

    [Theory]
    [InlineData("optimizer.rate=1", "there is no 'rate'")]
    [InlineData("dataset.x=1", "'dataset' has no fields")]
    [InlineData("max_steps", "write it as path=value")]
    public void Apply_WrongAssignment_IsNamed(string assignment, string message) => Assert.Contains(
        message,
        Assert.Throws<SpecException>(() => SpecAssignment.Apply(new RunSpec(), assignment)).Message,
        StringComparison.Ordinal);

    private static RunSpec Parse(string yaml)
    {
        var spec = new RunSpec();
        SpecFile.ParseInto(spec, yaml, "spec.yaml");
        return spec;
    }
}
