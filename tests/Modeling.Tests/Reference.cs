using System.Text.Json;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>What tests/reference/gpt2_reference.py stored, and the same weights and tokens as there.</summary>
internal static class Reference
{
    public const int Batch = 2;
    public const int Time = 8;

    public static GptConfig Config(bool bias) => new()
    {
        VocabSize = 61,
        VocabMultiple = 64,
        BlockSize = 16,
        NLayer = 2,
        NHead = 2,
        NEmbd = 16,
        Bias = bias,
    };

    /// <summary>True where a token's number can be divided by three: a mask of targets.</summary>
    public static Tensor EveryThird(Tensor ids) // (B, T) → (B, T)
    {
        using var three = tensor(3L);
        return ids.remainder(three).eq(TensorNumbers.Zero);
    }

    public static JsonElement Load(bool bias)
    {
        var path = Path.Combine(RepositoryRoot.Path, "tests", "reference", "gpt2_reference.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.GetProperty(bias ? "with_bias" : "without_bias").Clone();
    }

    public static Gpt Model(bool bias, Precision precision = Precision.Fp32)
    {
        var model = new Gpt(Config(bias), precision: precision, seed: null);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var number = 0;
        foreach (var (name, parameter) in model.named_parameters())
        {
            var scale = parameter.dim() == 2 ? 0.1 : 0.05;
            var offset = name.Contains(".ln_", StringComparison.Ordinal)
                && name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;
            var values = Enumerable.Range(0, (int)parameter.NumberOfElements)
                .Select(i => (float)(offset + (scale * Math.Sin(1 + (0.7 * i) + (1.3 * number)))))
                .ToArray();
            parameter.copy_(tensor(values).view(parameter.shape));
            number++;
        }

        model.ClearCopies();
        return model;
    }

    public static Tensor Ids() => Fill((b, t) => ((7 * b) + (3 * t * t) + 5) % 61);

    public static Tensor Targets() => Fill((b, t) => ((11 * b) + (5 * t) + 2) % 61);

    public static double[] Doubles(JsonElement element) => [.. element.EnumerateArray().Select(x => x.GetDouble())];

    public static float[] Values(Tensor x) =>
        x.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();

    /// <summary>Fails unless all are within the tolerance, relative to the largest expected magnitude.</summary>
    public static void AssertClose(double[] expected, float[] actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var unit = expected.Max(Math.Abs) + 1e-6;
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * unit,
                $"{what}[{i}]: expected {expected[i]}, got {actual[i]}");
        }
    }

    /// <summary>Fails unless the gradients of all that trains are the reference's.</summary>
    public static void AssertGradients(JsonElement reference, ParameterSelection selection)
    {
        foreach (var (name, parameter) in selection.Parameters)
        {
            var expected = reference.GetProperty("gradients").GetProperty(name);
            var actual = parameter.grad!.flatten();
            var norm = expected.GetProperty("norm").GetDouble();
            Assert.Equal(norm, actual.norm().item<float>(), (1e-4 * norm) + 1e-7);
            double[] ends = [.. Doubles(expected.GetProperty("first")), .. Doubles(expected.GetProperty("last"))];
            var all = Values(actual);
            var largest = all.Max(Math.Abs);
            float[] found = [.. all[..4], .. all[^4..]];
            for (var i = 0; i < ends.Length; i++)
            {
                var error = Math.Abs(ends[i] - found[i]);
                Assert.True(error <= 1e-4 * largest, $"{name}: {ends[i]}, {found[i]}");
            }
        }
    }

    private static Tensor Fill(Func<int, int, int> value)
    {
        var values = new long[Batch, Time];
        for (var b = 0; b < Batch; b++)
        {
            for (var t = 0; t < Time; t++)
                values[b, t] = value(b, t);
        }

        return tensor(values);
    }

    /// <summary>How far gradients are from exact ones: the norm of the difference over theirs.</summary>
    public static double RelativeError(
        IEnumerable<(string Name, float[] Values)> exact, IEnumerable<(string Name, float[] Values)> rounded)
    {
        var (difference, size) = (0.0, 0.0);
        foreach (var (expected, actual) in exact.Zip(rounded))
        {
            for (var i = 0; i < expected.Values.Length; i++)
            {
                difference += Math.Pow(expected.Values[i] - actual.Values[i], 2);
                size += Math.Pow(expected.Values[i], 2);
            }
        }

        return Math.Sqrt(difference / size);
    }
}
