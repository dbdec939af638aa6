using System.Text.Json;
using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>Adapters against tests/reference/lora_reference.py: PEFT's definitions in PyTorch.</summary>
public sealed class LoraReferenceTests
{
    [Theory]
    [InlineData("lora", false, false)]
    [InlineData("rslora", true, false)]
    [InlineData("dora", false, true)]
    [InlineData("dora_rslora", true, true)]
    public void Train_Adapter_EqualsPyTorch(string name, bool rslora, bool dora)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        using var adapter = Adapter(model, rslora, dora);
        var reference = Load(name);
        model.Attach(adapter);

        var padded = Doubles(reference.GetProperty("logits_last"));
        using (no_grad())
        {
            var logits = Values(model.Logits(model.Forward(Ids())).select(1, Time - 1));
            AssertClose([.. padded[..61], .. padded[64..125]], logits, 1e-4, "logits");
        }

        var selection = ParameterSelection.Of(model);
        var loss = model.AccumulateGradients(Ids(), Targets()).item<float>();
        Assert.Equal(reference.GetProperty("loss").GetDouble(), loss, 1e-4);
        Assert.Equal(reference.GetProperty("gradients").EnumerateObject().Count(), selection.Parameters.Count);
        AssertGradients(reference, selection);
    }

    [Fact]
    public void Dora_WithDropout_RescalesTheProductOfWhatWasDropped()
    {
        // As PEFT: W x + b + (m / n − 1) · W d + (m / n) · s · B A d, with d what dropout leaves of x.
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var (name, layer) = model.LinearLayers[0];
        using var adapter = new LoraAdapter(
            model, new LoraConfig { Rank = 3, Alpha = 6, Dropout = 0.5, UseDora = true });
        Fill(adapter, model);
        using var noGrad = no_grad();
        using var forPass = new Generator(5);
        using var forTest = new Generator(5);
        var part = adapter.LayerOf(name)!;
        var pass = new ForwardPass(1, 8, ScalarType.Float32, Training: true, Generator: forPass);
        var x = tensor(Enumerable.Range(0, 8 * 16).Select(i => (float)Math.Sin(i)).ToArray()).view(8, 16);
        var dropped = x * empty_like(x).bernoulli_(0.5, forTest).TimesInPlace(2);
        var ratio = part.Magnitude! / layer.Weight.Plus(part.B.matmul(part.A).Times(2)).norm(1);
        var low = dropped.matmul(part.A.t()).matmul(part.B.t()).Times(2);
        var expected = x.matmul(layer.Weight.t()).Plus(layer.Bias!)
            .Plus(dropped.matmul(layer.Weight.t()) * ratio.sub(TensorNumbers.One)).Plus(low * ratio);

        var actual = part.Add(x.matmul(layer.Weight.t()).Plus(layer.Bias!), x, layer, layer.Bias, pass);

        Assert.True(dropped.eq(TensorNumbers.Zero).sum().item<long>() > 0);
        AssertClose([.. Values(expected).Select(value => (double)value)], Values(actual), 1e-5, "result");
    }

    // The reference's targets, ranks and alphas.
    private static LoraAdapter Adapter(Gpt model, bool rslora, bool dora)
    {
        var adapter = new LoraAdapter(model, new LoraConfig
        {
            Rank = 3,
            Alpha = 6,
            TargetModules = ["c_attn", "c_fc"],
            Bias = LoraBias.LoraOnly,
            UseRslora = rslora,
            UseDora = dora,
            RankPattern = [KeyValuePair.Create("h.1.mlp.c_fc", 2)],
            AlphaPattern = [KeyValuePair.Create("h.1.mlp.c_fc", 1.0)],
        });
        Fill(adapter, model);
        return adapter;
    }

    // The reference's values.
    private static void Fill(LoraAdapter adapter, Gpt model)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var weights = model.LinearLayers.ToDictionary(entry => entry.Name, entry => entry.Layer.Weight);
        var trained = adapter.Parameters
            .Where(entry => !entry.Name.EndsWith(".bias", StringComparison.Ordinal))
            .ToList();
        for (var p = 0; p < trained.Count; p++)
        {
            var (name, value) = trained[p];
            var numbers = Enumerable.Range(0, (int)value.NumberOfElements);
            const string magnitude = ".lora_magnitude_vector";
            if (name.EndsWith(magnitude, StringComparison.Ordinal))
            {
                var factor = tensor(numbers.Select(i => (float)(1 + (0.1 * Math.Sin(3 + i)))).ToArray());
                value.copy_(weights[name[..^magnitude.Length]].norm(1) * factor);
            }
            else
            {
                var number = p;
                var filled = numbers.Select(i => (float)(0.2 * Math.Sin(2 + (0.9 * i) + (1.7 * number)))).ToArray();
                value.copy_(tensor(filled).view(value.shape));
            }
        }
    }

    private static JsonElement Load(string name)
    {
        var path = Path.Combine(RepositoryRoot.Path, "tests", "reference", "lora_reference.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.GetProperty(name).Clone();
    }
}
