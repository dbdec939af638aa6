using System.Runtime.Intrinsics;
using System.Text.Json;
using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>
/// GPT-2 124M against PyTorch in float64 (tests/reference/gpt2_124m_reference.py), with weights that both sides make by
/// the same formula: every logit that was stored, the loss, and every gradient.
/// </summary>
public sealed class Gpt124MReferenceTests
{
    private const int Rows = 2;
    private const int Length = 32;
    private const int LogitsEvery = 997;
    private const int ProbeNumber = 1000;
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LogitsLossAndGradients_Gpt2_EqualPyTorch(bool compiled)
    {
        Assert.SkipUnless(!compiled || Vector512.IsHardwareAccelerated, "The CPU has no 512-bit vectors.");
        using var scope = NewDisposeScope();
        using var model = NewModel();
        model.Compiled = compiled;
        Assert.Equal(compiled, model.UsesFusedKernels);
        var reference = Load();
        var selection = ParameterSelection.Of(model);

        var loss = model.AccumulateGradients(Ids(), Targets()).item<float>();

        var expected = reference.GetProperty("loss").GetDouble();
        Assert.Equal(expected, loss, Tolerance * expected);
        var gradients = reference.GetProperty("gradients");
        foreach (var (number, (name, parameter)) in selection.Parameters.Index())
            AssertGradient(gradients.GetProperty(name), name, Values(parameter.grad!), number);
        if (!compiled)
            AssertLogits(reference, model);
    }

    private static void AssertLogits(JsonElement reference, Gpt model)
    {
        using var noGrad = no_grad();
        var last = model.Logits(model.Forward(Ids())).select(1, Length - 1); // (B, V)
        var norm = reference.GetProperty("logits_norm").GetDouble();
        Assert.Equal(norm, last.norm().item<float>(), Tolerance * norm);
        var some = Enumerable.Range(0, Rows)
            .SelectMany(row => Values(last.select(0, row)).Where((_, id) => id % LogitsEvery == 0));
        AssertClose(Doubles(reference.GetProperty("logits")), [.. some], Tolerance, "logits");
    }

    // A rounding error shows in the norm and in single elements; a wrong element anywhere in the scalar product.
    private static void AssertGradient(JsonElement reference, string name, float[] actual, int number)
    {
        var norm = reference.GetProperty("norm").GetDouble();
        Assert.Equal(norm, Math.Sqrt(actual.Sum(x => (double)x * x)), Tolerance * norm);
        var probe = actual.Select((x, i) => x * Noise(ProbeNumber + number, (uint)i)).Sum();
        var difference = Math.Abs(reference.GetProperty("probe").GetDouble() - probe);
        Assert.True(difference <= Tolerance * norm, $"{name}: a scalar product is {difference} off, of {norm}.");
        var largest = actual.Max(Math.Abs);
        double[] ends = [.. Doubles(reference.GetProperty("first")), .. Doubles(reference.GetProperty("last"))];
        foreach (var (one, other) in ends.Zip([.. actual[..4], .. actual[^4..]]))
            Assert.True(Math.Abs(one - other) <= Tolerance * largest, $"{name}: {one}, {other}");
    }

    private static Gpt NewModel()
    {
        var model = new Gpt(GptConfig.Preset("gpt2"), seed: null);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var number = 0;
        foreach (var (name, parameter) in model.named_parameters())
        {
            var (offset, scale) = Recipe(name, (int)parameter.dim(), model.Config.NLayer);
            var values = new float[parameter.NumberOfElements];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(offset + (scale * Noise(number, (uint)i)));
            parameter.copy_(tensor(values).view(parameter.shape));
            number++;
        }

        model.ClearCopies();
        return model;
    }

    private static (double Offset, double Scale) Recipe(string name, int dimensions, int layers)
    {
        if (dimensions == 1)
        {
            var isNorm = name.Contains(".ln_", StringComparison.Ordinal)
                && name.EndsWith(".weight", StringComparison.Ordinal);
            return (isNorm ? 1 : 0, 0.1);
        }

        var deep = name.EndsWith("c_proj.weight", StringComparison.Ordinal) ? Math.Sqrt(2 * layers) : 1;
        return (0, 0.02 * Math.Sqrt(3) / deep);
    }

    /// <summary>Even in [−1, 1), from a hash of both numbers.</summary>
    private static double Noise(int number, uint index)
    {
        unchecked
        {
            var h = (index * 0x9E3779B1u) + ((uint)number * 0x85EBCA6Bu);
            h ^= h >> 15;
            h *= 0x2C1B3C6Du;
            h ^= h >> 12;
            h *= 0x297A2D39u;
            h ^= h >> 15;
            return (h / 2147483648.0) - 1;
        }
    }

    private static Tensor Ids() => Fill((b, t) => ((7919L * b) + (104729L * t) + (11L * t * t) + 5) % 50257);

    private static Tensor Targets() => Fill((b, t) => ((1299709L * b) + (15485863L * t) + 2) % 50257);

    private static Tensor Fill(Func<int, int, long> value) => tensor(
        Enumerable.Range(0, Rows).SelectMany(b => Enumerable.Range(0, Length).Select(t => value(b, t))).ToArray())
        .view(Rows, Length);

    private static JsonElement Load()
    {
        var path = Path.Combine(RepositoryRoot.Path, "tests", "reference", "gpt2_124m_reference.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}
