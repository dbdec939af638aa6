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
    public static double Measure(Device device, ScalarType type) =>
        2.0 * Side * Side * Side / Sample(device, type, (Side, Side, Side), s_time).Min(times => times.Min());

    /// <summary>Times products of (M, K) with (N, K) transposed, each way in turns.</summary>
    /// <param name="device">Where they are computed.</param>
    /// <param name="type">In which numbers.</param>
    /// <param name="size">M, N and K.</param>
    /// <param name="time">For how long, all in all; three times at least.</param>
    /// <returns>The seconds of each product, one list for each way.</returns>
    internal static IReadOnlyList<IReadOnlyList<double>> Sample(
        Device device, ScalarType type, (int M, int N, int K) size, TimeSpan time)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = randn(size.M, size.K, device: device).to(type); // (M, K)
        var weight = randn(size.N, size.K, device: device).to(type); // (N, K)
        void Libtorch()
        {
            using var product = nn.functional.linear(x, weight); // (M, N)
            _ = product.narrow(0, 0, 1).narrow(1, 0, 1).to(ScalarType.Float32).item<float>(); // Waits for a card.
        }

        return device.type != DeviceType.CPU ? Sample([Libtorch], time) : type switch
        {
            ScalarType.Float32 => OnProcessor<Float32Element>(Libtorch, x, weight, time),
            ScalarType.BFloat16 => OnProcessor<BFloat16Element>(Libtorch, x, weight, time),
            _ => Sample([Libtorch], time),
        };
    }

    private static List<double>[] OnProcessor<T>(Action libtorch, Tensor x, Tensor weight, TimeSpan time)
        where T : struct, IElement
    {
        using var linear = new FusedLinear<T>();
        var y = empty(x.shape[0], weight.shape[0], dtype: T.Type); // (M, N)
        return Sample([libtorch, () => linear.Forward(x, weight, y)], time);
    }

    // The first round finds its kernels and does not count.
    private static List<double>[] Sample(IReadOnlyList<Action> ways, TimeSpan time)
    {
        const int LeastRounds = 3;
        List<double>[] times = [.. ways.Select(_ => new List<double>())];
        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round <= LeastRounds || Stopwatch.GetElapsedTime(start) < time; round++)
        {
            foreach (var (way, taken) in ways.Zip(times))
            {
                var begin = Stopwatch.GetTimestamp();
                using (NewDisposeScope())
                    way();
                if (round > 0)
                    taken.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
            }
        }

        return times;
    }
}
