using System.Diagnostics;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary>A linear layer's matrix product, timed: libtorch's and our own in turns.</summary>
internal static class Gemm
{
    /// <summary>GFLOP/s of (m, k) times (n, k) transposed, each way over about the given time; the faster way's.</summary>
    public static (double Median, double Best) Measure(int m, int n, int k, int seconds, ScalarType type) =>
        type == ScalarType.BFloat16
            ? Measure<BFloat16Element>(m, n, k, seconds)
            : Measure<Float32Element>(m, n, k, seconds);

    private static (double Median, double Best) Measure<T>(int m, int n, int k, int seconds)
        where T : struct, IElement
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var linear = new FusedLinear<T>();
        var a = randn(m, k).to(T.Type);
        var b = randn(n, k).to(T.Type);
        var y = empty(m, n, dtype: T.Type);
        Action[] ways = [() => nn.functional.linear(a, b).Dispose(), () => linear.Forward(a, b, y)];
        var times = ways.Select(_ => new List<double>()).ToList();
        var total = Stopwatch.StartNew();
        while (total.Elapsed.TotalSeconds < 2 * seconds || times[0].Count < 3)
        {
            foreach (var (way, taken) in ways.Zip(times))
            {
                var watch = Stopwatch.StartNew();
                way();
                taken.Add(watch.Elapsed.TotalSeconds);
            }
        }

        var work = 2.0 * m * n * k / 1e9;
        return (work / times.Min(Statistics.Median), work / times.Min(taken => taken.Min()));
    }
}
