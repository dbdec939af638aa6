using System.Text.Json;
using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

public sealed class LoraTests
{
    [Theory]
    [InlineData(1, 172_032)]
    [InlineData(2, 270_336)]
    [InlineData(4, 466_944)]
    [InlineData(8, 860_160)]
    [InlineData(16, 1_646_592)]
    public void Count_Gpt2MediumWithBias_IsTheStudys(int rank, long count)
    {
        using var model = new Gpt(GptConfig.Preset("gpt2-medium"), META);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = rank, Bias = LoraBias.LoraOnly });
        model.Attach(adapter);
        Assert.Equal(count, ParameterSelection.Of(model).Count);
    }

    [Fact]
    public void Attach_Untrained_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var before = Logits(model);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 4, Bias = LoraBias.All });
        model.Attach(adapter);
        AssertClose(before, Narrow(Logits(model)), 1e-6, "logits");
    }

    [Theory]
    [InlineData(LoraBias.None, false)]
    [InlineData(LoraBias.LoraOnly, false)]
    [InlineData(LoraBias.All, false)]
    [InlineData(LoraBias.None, true)]
    [InlineData(LoraBias.LoraOnly, true)]
    public void Merge_TrainedAdapter_EqualsUnmerged(LoraBias bias, bool dora)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var plain = Logits(model);
        using var adapter = Trained(model, new()
        {
            Rank = 3,
            TargetModules = ["c_attn", "c_proj"],
            Bias = bias,
            UseDora = dora,
            RankPattern = [KeyValuePair.Create("mlp.c_proj", 5)],
        });
        var attached = Logits(model);
        Assert.True(plain.Zip(attached, (a, b) => Math.Abs(a - b)).Max() > 1e-3);
        model.Detach();
        AssertClose(plain, Narrow(Logits(model)), 1e-7, "detached");
        adapter.Merge(model);
        AssertClose(attached, Narrow(Logits(model)), 1e-5, "merged");
        Assert.Throws<InvalidOperationException>(() => model.Attach(adapter));
        adapter.Unmerge(model);
        AssertClose(plain, Narrow(Logits(model)), 1e-5, "unmerged");
    }

    [Fact]
    public void Train_Adapter_LeavesTheBaseAlone()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var before = model.parameters().Select(Values).ToList();
        using var adapter = Trained(model, new LoraConfig { Rank = 2, Dropout = 0.1, Bias = LoraBias.LoraOnly });
        Assert.Equal(before, model.parameters().Select(Values));
        Assert.All(model.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.Equal(6, ParameterSelection.Of(model).Parameters.Count);
    }

    [Fact]
    public void Merge_AdapterWithNaN_IsRefusedAndLeavesTheBase()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var before = model.parameters().Select(Values).ToList();
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2 });
        using (no_grad())
            adapter.Parameters[^1].Value.FillInPlace(float.NaN);
        var error = Assert.Throws<InvalidDataException>(() => adapter.Merge(model));
        Assert.Contains("h.1.attn.c_attn", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, model.parameters().Select(Values));
        Assert.False(adapter.IsMerged);
    }

    [Fact]
    public void CastBase_Bf16_ChangesNoResult()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true, Precision.Bf16);
        using var adapter = Trained(model, new LoraConfig { Rank = 2, Bias = LoraBias.LoraOnly });
        var before = Logits(model);
        model.CastBase();
        Assert.Equal(before, Logits(model));
    }

    [Fact]
    public void Constructor_Dora_HasALengthForEveryOutput()
    {
        using var model = new Gpt(Config(bias: true), META);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2, UseDora = true });
        Assert.Equal(6, adapter.Parameters.Count);
        Assert.All(
            adapter.Parameters.Where(p => p.Name.EndsWith("lora_magnitude_vector", StringComparison.Ordinal)),
            p => Assert.Equal([48], p.Value.shape));
    }

    [Fact]
    public void AdamW_LoraPlus_MovesBThatMuchFaster()
    {
        using var scope = NewDisposeScope();
        var plain = FirstStep(ratio: 1);
        var faster = FirstStep(ratio: 16);
        // Adam's first step is the rate itself, whatever the gradient.
        Assert.Equal(plain.B * 16, faster.B, 1e-5);
        Assert.Equal(plain.A, faster.A, 1e-7);

        static (double A, double B) FirstStep(double ratio)
        {
            using var model = Model(bias: true);
            using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2 });
            model.Attach(adapter);
            using (no_grad())
                adapter.Parameters[1].Value.FillInPlace(0.1f); // B, so that A has a gradient
            var before = Sum(0);
            var selection = ParameterSelection.Of(model);
            using var optimizer = new AdamW(selection, new AdamWOptions { LoraPlusRatio = ratio, WeightDecay = 0 });
            model.AccumulateGradients(Ids(), Targets());
            optimizer.Step(1e-3);
            return (Math.Abs(Sum(0) - before), adapter.Parameters[3].Value.abs().max().item<float>());

            float Sum(int index) => adapter.Parameters[index].Value.abs().sum().item<float>();
        }
    }

    [Fact]
    public void Patterns_RankAndAlpha_GoToTheLayersTheyName()
    {
        var config = new LoraConfig
        {
            Rank = 8,
            Alpha = 16,
            TargetModules = ["c_attn", "c_fc"],
            RankPattern = [KeyValuePair.Create("h.1.attn.c_attn", 2), KeyValuePair.Create("c_fc", 4)],
            AlphaPattern = [KeyValuePair.Create("c_fc", 1.0)],
        };
        using var model = new Gpt(Config(bias: true), META);
        using var adapter = new LoraAdapter(model, config);
        Assert.Equal(
            [8, 4, 2, 4],
            adapter.Parameters.Where(p => p.Name.EndsWith("lora_A.weight", StringComparison.Ordinal))
                .Select(p => p.Value.shape[0]));
        Assert.Equal(8, config.ScaleOf("transformer.h.1.attn.c_attn"));
        Assert.Equal(0.25, config.ScaleOf("transformer.h.0.mlp.c_fc"));
    }

    [Fact]
    public void Constructor_RankAboveTheMatrix_IsRefused()
    {
        using var model = new Gpt(Config(bias: true), META);
        var error = Assert.Throws<ArgumentException>(() => new LoraAdapter(model, new LoraConfig { Rank = 17 }));
        Assert.Contains("at most 16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attach_TwoAdaptersInTurn_EachKeepsItsOwn()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true, Precision.Bf16);
        using var first = Trained(model, new LoraConfig { Rank = 2 });
        var one = Logits(model);
        using var second = Trained(model, new LoraConfig { Rank = 4, Bias = LoraBias.LoraOnly });
        var two = Logits(model);
        Assert.NotEqual(one, two);
        model.Attach(first);
        Assert.Equal(one, Logits(model));
        model.Attach(second);
        Assert.Equal(two, Logits(model));
    }

    [Theory]
    [InlineData(LoraBias.None)]
    [InlineData(LoraBias.LoraOnly)]
    [InlineData(LoraBias.All)]
    public void SaveAndLoad_Adapter_IsTheSame(LoraBias bias)
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var model = Model(bias: true);
        using var adapter = Trained(model, new LoraConfig
        {
            Rank = 2,
            Alpha = 0.25,
            Bias = bias,
            UseDora = bias == LoraBias.LoraOnly,
            RankPattern = [KeyValuePair.Create("h.0.attn.c_attn", 3)],
            AlphaPattern = [KeyValuePair.Create("h.0.attn.c_attn", 1.5)],
        });
        Assert.Null(PeftAdapter.FindMisfit(model.Config with { NLayer = 2 }, Saved(adapter, folder)));
        Assert.Contains(
            "h.2", PeftAdapter.FindMisfit(model.Config with { NLayer = 3 }, folder.Path), StringComparison.Ordinal);
        Assert.Contains(
            "h.1", PeftAdapter.FindMisfit(model.Config with { NLayer = 1 }, folder.Path), StringComparison.Ordinal);
        Assert.Contains(
            "(3, 16)", PeftAdapter.FindMisfit(model.Config with { NEmbd = 32 }, folder.Path), StringComparison.Ordinal);
        var expected = Logits(model);
        using var loaded = PeftAdapter.Load(model, folder.Path);
        Assert.Equal(adapter.Config.Alpha, loaded.Config.Alpha);
        model.Attach(loaded);
        Assert.Equal(expected, Logits(model));
        using var file = SafetensorsFile.Open(folder[PeftAdapter.WeightsFile]);
        Assert.Contains("base_model.model.transformer.h.1.attn.c_attn.lora_A.weight", file.Tensors.Keys);
        Assert.Equal([48, 2], file.Tensors["base_model.model.transformer.h.1.attn.c_attn.lora_B.weight"].Shape);
        using var json = JsonDocument.Parse(File.ReadAllBytes(folder[PeftAdapter.ConfigFile]));
        Assert.True(json.RootElement.GetProperty("fan_in_fan_out").GetBoolean());
        Assert.Equal("LORA", json.RootElement.GetProperty("peft_type").GetString());
    }

    [Fact]
    public void Load_RealPeftAdapter_FillsEveryLayer()
    {
        var folder = SharedData.Require("lora-adapters/gpt2-medium-alpaca-r2");
        using var scope = NewDisposeScope();
        using var model = new Gpt(GptConfig.Preset("gpt2-medium") with { NLayer = 24 }, seed: null);
        using var adapter = PeftAdapter.Load(model, folder);
        Assert.Equal(2, adapter.Config.Rank);
        Assert.Equal(16, adapter.Config.Alpha);
        Assert.Equal(48, adapter.Parameters.Count);
        Assert.All(adapter.Parameters, parameter => Assert.True(parameter.Value.abs().sum().item<float>() > 0));
    }

    [Fact]
    public void Load_AdapterOfAnotherShape_IsRefused()
    {
        using var folder = new TempFolder();
        using var model = Model(bias: true);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2 });
        PeftAdapter.Save(adapter, folder.Path);
        using var wider = new Gpt(Config(bias: true) with { NEmbd = 32 });
        Assert.Throws<InvalidDataException>(() => PeftAdapter.Load(wider, folder.Path));
        using var shallower = new Gpt(Config(bias: true) with { NLayer = 1 });
        Assert.Throws<InvalidDataException>(() => PeftAdapter.Load(shallower, folder.Path));
    }

    [Theory]
    [InlineData("transformer.h.0.mlp.c_proj", true)]
    [InlineData("transformer.h.0.attn.c_proj", true)]
    [InlineData("transformer.h.0.attn.c_attn", false)]
    [InlineData("transformer.h.0.mlp.xc_proj", false)]
    public void Matches_Suffix_IsOfWholeNames(string module, bool expected) =>
        Assert.Equal(expected, new LoraConfig { TargetModules = ["c_proj"] }.Matches(module));

    [Fact]
    public void Matches_Pattern_IsOfTheWholeName()
    {
        var config = new LoraConfig { TargetPattern = @"transformer\.h\.[01]\.attn\.c_attn" };
        Assert.True(config.Matches("transformer.h.1.attn.c_attn"));
        Assert.False(config.Matches("transformer.h.11.attn.c_attn"));
        Assert.False(config.Matches("transformer.h.1.attn.c_attn.x"));
    }

    [Fact]
    public void Constructor_NoSuchLayer_IsRefused()
    {
        using var model = new Gpt(Config(bias: true), META);
        var config = new LoraConfig { TargetModules = ["q_proj"] };
        var error = Assert.Throws<ArgumentException>(() => new LoraAdapter(model, config));
        Assert.Contains("c_attn", error.Message, StringComparison.Ordinal);
    }

    private static LoraAdapter Trained(Gpt model, LoraConfig config)
    {
        var adapter = new LoraAdapter(model, config, seed: config.Rank);
        model.Attach(adapter);
        using var generator = new Generator(1);
        model.DropoutGenerator = generator;
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        var losses = new List<float>();
        for (var step = 0; step < 8; step++)
        {
            losses.Add(model.AccumulateGradients(Ids(), Targets()).item<float>());
            optimizer.Step(1e-2);
            selection.ClearGradients();
        }

        Assert.True(losses[^1] < losses[0] - 0.01, string.Join(" ", losses));
        model.DropoutGenerator = null;
        return adapter;
    }

    private static string Saved(LoraAdapter adapter, TempFolder folder)
    {
        PeftAdapter.Save(adapter, folder.Path, "gpt2");
        return folder.Path;
    }

    private static double[] Logits(Gpt model)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return [.. Values(model.Logits(model.Forward(Ids()))).Select(value => (double)value)];
    }

    private static float[] Narrow(double[] values) => [.. values.Select(value => (float)value)];
}
