using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary>The matrix products of a GPT-2 training step, timed one by one: what is left of a step's time is not
/// theirs.</summary>
internal static class StepProducts
{
    private const int WarmUps = 60;

    // In how many places of a step; multiplications and additions; the work.
    private sealed record Product(string Name, int Count, double Flops, Action Run);

    /// <summary>Prints each product's GFLOP/s and its seconds in a step, and their sum.</summary>
    /// <param name="config">The model.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="time">Tokens of each.</param>
    /// <param name="type">What the products read and write.</param>
    public static void Measure(GptConfig config, int batch, int time, ScalarType type)
    {
        if (type == ScalarType.BFloat16)
            Measure<BFloat16Element>(config, batch, time);
        else
            Measure<Float32Element>(config, batch, time);
    }

    private static void Measure<T>(GptConfig config, int batch, int time)
        where T : struct, IElement
    {
        var (c, rows) = (config.NEmbd, batch * time);
        using var linear = new FusedLinear<T>();
        var groups = new Func<IEnumerable<Product>>[]
        {
            () => Linear(linear, "attn.c_attn", config.NLayer, rows, c, 3 * c),
            () => Linear(linear, "attn.c_proj", config.NLayer, rows, c, c),
            () => Linear(linear, "mlp.c_fc", config.NLayer, rows, c, 4 * c),
            () => Linear(linear, "mlp.c_proj", config.NLayer, rows, 4 * c, c),
            () => Linear(linear, "lm_head", 1, rows, c, config.PaddedVocabSize),
            () => Attention<T>(config, batch, time),
        };
        var (total, work) = (0.0, 0.0);
        foreach (var group in groups)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            foreach (var product in group())
            {
                var seconds = Statistics.MedianSeconds(5, () =>
                {
                    using var inner = NewDisposeScope();
                    product.Run();
                });
                total += seconds * product.Count;
                work += product.Flops * product.Count;
                Print(product.Name, product.Flops / seconds, seconds * product.Count);
            }
        }

        Print("all", work / total, total);

        void Print(string name, double speed, double seconds) => new Measurement(
            name, speed / 1e9, "GFLOP/s", new Dictionary<string, object>
            {
                ["precision"] = T.Type == ScalarType.Float32 ? "fp32" : "bf16",
                ["batch"] = batch,
                ["seq"] = time,
                ["seconds_of_a_step"] = Math.Round(seconds, 4),
            }).Print();
    }

    private static IEnumerable<Product> Linear<T>(
        FusedLinear<T> linear, string name, int count, int rows, int width, int result)
        where T : struct, IElement
    {
        var type = T.Type;
        var x = randn(rows, width).to(type);
        var w = randn(result, width).to(type);
        var y = randn(rows, result).to(type);
        var (dw, dx) = (zeros(result, width), zeros(rows, width, dtype: type));
        var flops = 2.0 * rows * width * result;
        return
        [
            new($"{name}.forward", count, flops, () => linear.Forward(x, w, y)),
            new($"{name}.input", count, flops, () => linear.Input(y, w, dx)),
            new($"{name}.weight", count, flops, () => linear.Weight(y, x, dw, add: false)),
        ];
    }

    // All of attention's work; its operations are counted as the model's are, those above the diagonal too.
    private static IEnumerable<Product> Attention<T>(GptConfig config, int batch, int time)
        where T : struct, IElement
    {
        var (rows, c) = ((long)batch * time, config.NEmbd);
        using var attention = new FusedAttention<T>(config, batch, time);
        using var kept = new FusedActivations(new(rows, time, c, config.NHead, T.Type, Recompute: false));
        var qkv = randn(rows, 3 * c).to(T.Type); // (N, 3C)
        var (slope, result) = (randn(rows, c).to(T.Type), empty_like(qkv)); // (N, C), (N, 3C)
        var flops = 4.0 * rows * time * c;
        // Until the runtime has compiled what lies between the products for good.
        for (var i = 0; i < WarmUps; i++)
        {
            attention.Forward(qkv, kept);
            attention.Backward(slope, kept, result);
        }

        yield return new("attention.forward", config.NLayer, flops, () => attention.Forward(qkv, kept));
        yield return new("attention.backward", config.NLayer, 2 * flops, () => attention.Backward(slope, kept, result));
    }
}
