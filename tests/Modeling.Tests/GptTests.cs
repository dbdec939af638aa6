using TorchSharp;
using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

public sealed class GptTests
{
    [Fact]
    public void ParameterSelection_Gpt2OnMeta_HasBuildNanogptsGroups()
    {
        using var model = new Gpt(GptConfig.Preset("gpt2"), META);
        var selection = ParameterSelection.Of(model);
        Assert.Equal(50, selection.Decayed.Count());
        Assert.Equal(124_354_560, selection.Decayed.Sum(p => p.Value.NumberOfElements));
        Assert.Equal(98, selection.NotDecayed.Count());
        Assert.Equal(121_344, selection.NotDecayed.Sum(p => p.Value.NumberOfElements));
        Assert.Equal(model.Config.ParameterCount(), selection.Count);
        Assert.Equal(124_439_808, model.Config.ParameterCount(padded: false));
    }

    [Theory]
    [InlineData("gpt2-medium", 354_823_168)]
    [InlineData("gpt2-large", 774_030_080)]
    [InlineData("gpt2-xl", 1_557_611_200)]
    public void ParameterCount_Preset_IsThePublishedOne(string preset, long count)
    {
        var config = GptConfig.Preset(preset);
        Assert.Equal(count, config.ParameterCount(padded: false));
        using var model = new Gpt(config, META);
        Assert.Equal(config.ParameterCount(), model.parameters().Sum(p => p.NumberOfElements));
    }

    [Fact]
    public void StateDict_Names_AreGpt2s()
    {
        using var model = new Gpt(Config(bias: true));
        var names = model.state_dict().Keys.ToList();
        Assert.Equal(2 + (2 * 12) + 2, names.Count);
        Assert.Contains("transformer.wte.weight", names);
        Assert.Contains("transformer.wpe.weight", names);
        Assert.Contains("transformer.h.1.ln_2.bias", names);
        Assert.Contains("transformer.h.0.attn.c_attn.weight", names);
        Assert.Contains("transformer.h.1.mlp.c_proj.bias", names);
        Assert.Contains("transformer.ln_f.weight", names);
    }

    // What cards then do nothing here can show; that libtorch is told is all there is.
    [Theory]
    [InlineData(Precision.Fp32, false)]
    [InlineData(Precision.Tf32, true)]
    public void Precision_Tf32_IsAllowedInProducts(Precision precision, bool allowed)
    {
        using var model = new Gpt(Config(bias: true), precision: precision);
        Assert.Equal(allowed, backends.cuda.matmul.allow_tf32);
        Assert.Equal(ScalarType.Float32, model.ComputeType);
    }

    [Fact]
    public void Loss_Gpt2Untrained_IsNearTheUniformGuess()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = new Gpt(GptConfig.Preset("gpt2"));
        using var generator = new Generator(7);
        var ids = randint(50257, [1, 65], generator: generator);
        // ln 50304 = 10.826; the tied head's spread adds about 0.1.
        Assert.InRange(model.Loss(ids.narrow(1, 0, 64), ids.narrow(1, 1, 64)).item<float>(), 10.85f, 11.02f);
    }

    [Fact]
    public void Initialisation_SameSeed_IsTheSame()
    {
        using var scope = NewDisposeScope();
        using var one = new Gpt(Config(bias: true), seed: 5);
        using var same = new Gpt(Config(bias: true), seed: 5);
        using var other = new Gpt(Config(bias: true), seed: 6);
        Assert.Equal(Weights(one), Weights(same));
        Assert.NotEqual(Weights(one), Weights(other));
        Assert.Equal(0.02, one.TokenWeight.std().item<float>(), 2e-3);
        var projection = one.named_parameters().Single(p => p.name == "transformer.h.0.mlp.c_proj.weight").parameter;
        Assert.Equal(0.01, projection.std().item<float>(), 1e-3); // 0.02 / √(2·2)
    }

    [Fact]
    public void Logits_PaddedVocabulary_AreOfRealIdsOnly()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        Assert.Equal(64, model.Config.PaddedVocabSize);
        Assert.Equal([2, 8, 61], model.Logits(model.Forward(Ids())).shape);
        using var cache = model.CreateCache(2);
        Assert.Equal([2, 61], model.NextLogits(Ids(), cache).shape);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void Train_OneBatch_IsLearntByHeart(Precision precision)
    {
        using var scope = NewDisposeScope();
        using var model = new Gpt(Config(bias: true), precision: precision, seed: 1);
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        var loss = 0f;
        for (var step = 0; step < 120; step++)
        {
            loss = model.AccumulateGradients(Ids(), Targets()).item<float>();
            optimizer.Step(1e-2);
            selection.ClearGradients();
        }

        Assert.InRange(loss, 0f, 0.1f);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AccumulateGradients_EveryStep_LeavesNoTensorBehind(bool checkpoint)
    {
        using var model = new Gpt(Config(bias: true) with { Dropout = 0.1 }, precision: Precision.Bf16, seed: 1);
        model.CheckpointActivations = checkpoint;
        using var generator = new Generator(3);
        model.DropoutGenerator = generator;
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        var counts = new List<long>();
        for (var step = 0; step < 4; step++)
        {
            using (NewDisposeScope())
            {
                model.AccumulateGradients(Ids(), Targets());
                GradientClipping.Clip(selection, 1.0);
                optimizer.Step(1e-3);
                selection.ClearGradients();
            }

            counts.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        }

        Assert.Equal(counts[1], counts[3]);
    }

    [Fact]
    public void AccumulateGradients_SameDropoutState_GivesTheSameGradients()
    {
        using var scope = NewDisposeScope();
        using var model = new Gpt(Config(bias: true) with { Dropout = 0.2 }, seed: 1);
        var selection = ParameterSelection.Of(model);
        Assert.Throws<InvalidOperationException>(() => model.AccumulateGradients(Ids(), Targets()));
        using var generator = new Generator(3);
        model.DropoutGenerator = generator;
        var state = generator.get_state();
        var (loss, gradients) = Measure();
        var (other, _) = Measure();
        Assert.NotEqual(loss, other);
        generator.set_state(state);
        model.CheckpointActivations = true;
        var (again, same) = Measure();
        Assert.Equal(loss, again, 1e-6);
        foreach (var (a, b) in gradients.Zip(same))
            AssertClose([.. a.Select(x => (double)x)], b, 1e-5, "gradient");
        using (no_grad())
            Assert.Equal(model.Loss(Ids(), Targets()).item<float>(), model.Loss(Ids(), Targets()).item<float>());

        (float Loss, List<float[]> Gradients) Measure()
        {
            selection.ClearGradients();
            var value = model.AccumulateGradients(Ids(), Targets()).item<float>();
            return (value, [.. selection.Gradients().Select(Values)]);
        }
    }

    [Fact]
    public void Loss_AfterAnUpdateInBf16_UsesTheNewWeights()
    {
        // Guards against copies of weights in the compute type that outlive an update.
        using var scope = NewDisposeScope();
        using var model = new Gpt(Config(bias: true), precision: Precision.Bf16, seed: 1);
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        float Validate()
        {
            using var noGrad = no_grad();
            return model.Loss(Ids(), Targets()).item<float>();
        }

        var before = Validate();
        model.AccumulateGradients(Ids(), Targets());
        optimizer.Step(1e-2);
        Assert.True(Validate() < before - 0.05);
    }

    [Fact]
    public void Forward_TooLong_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = new Gpt(Config(bias: true));
        var error = Assert.Throws<ArgumentException>(() => model.Forward(zeros(1, 17, dtype: ScalarType.Int64)));
        Assert.Contains("T 1 to 16", error.Message, StringComparison.Ordinal);
    }

    private static float[] Weights(Gpt model) => [.. model.parameters().SelectMany(Values)];
}
