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
    [InlineData(LoraBias.None)]
    [InlineData(LoraBias.LoraOnly)]
    [InlineData(LoraBias.All)]
    public void Merge_TrainedAdapter_EqualsUnmerged(LoraBias bias)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var plain = Logits(model);
        using var adapter = Trained(model, new()
        {
            Rank = 3,
            TargetModules = ["c_attn", "c_proj"],
            Bias = bias,
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
        using var adapter = Trained(model, new LoraConfig { Rank = 2, Alpha = 0.25, Bias = bias });
        var expected = Logits(model);
        PeftAdapter.Save(adapter, folder.Path, "gpt2");
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

    private static double[] Logits(Gpt model)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return [.. Values(model.Logits(model.Forward(Ids()))).Select(value => (double)value)];
    }

    private static float[] Narrow(double[] values) => [.. values.Select(value => (float)value)];
}
