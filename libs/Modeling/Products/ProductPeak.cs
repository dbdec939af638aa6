using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>What a device can do at its best, by which a training's speed is judged.</summary>
public static class ProductPeak
{
    private const int Side = 1024;

    // Shorter ones fell into a moment in which another process had the cores.
    private static readonly TimeSpan s_time = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The best of the square products of a moment: libtorch's and, on the processor, training's own in turns. What
    /// else runs meanwhile lowers it.
    /// </summary>
    /// <param name="device">Where they are computed.</param>
    /// <param name="type">In which numbers.</param>
    /// <returns>Floating-point operations a second.</returns>
    public static double Measure(Device device, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var a = ones(Side, Side, device: device).to(type); // (S, S)
        if (device.type != DeviceType.CPU || type is not (ScalarType.Float32 or ScalarType.BFloat16))
            return Best([() => Product(a)]);
        return type == ScalarType.Float32 ? OnProcessor<Float32Element>(a) : OnProcessor<BFloat16Element>(a);
    }

    private static double OnProcessor<T>(Tensor a)
        where T : struct, IElement
    {
        using var linear = new FusedLinear<T>();
        var y = empty_like(a);
        return Best([() => Product(a), () => linear.Forward(a, a, y)]);
    }

    private static void Product(Tensor a)
    {
        using var product = a.matmul(a);
        _ = product.narrow(0, 0, 1).narrow(1, 0, 1).to(ScalarType.Float32).item<float>(); // Waits for a card.
    }

    private static double Best(IReadOnlyList<Action> ways)
    {
        var best = double.MaxValue;
        var start = Stopwatch.GetTimestamp();
        // At least two rounds: the first one finds its kernels.
        for (var round = 0; round < 2 || Stopwatch.GetElapsedTime(start) < s_time; round++)
        {
            foreach (var way in ways)
            {
                var begin = Stopwatch.GetTimestamp();
                way();
                if (round > 0)
                    best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            }
        }

        return 2.0 * Side * Side * Side / best;
    }
}
