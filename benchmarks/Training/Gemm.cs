using System.Diagnostics;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary>A linear layer's matrix product, timed.</summary>
internal static class Gemm
{
    /// <summary>GFLOP/s of (m, k) times (n, k) transposed, over about the given time.</summary>
    public static (double Median, double Best) Measure(int m, int n, int k, int seconds, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var a = randn(m, k).to(type);
        var b = randn(n, k).to(type);
        var times = new List<double>();
        var total = Stopwatch.StartNew();
        while (total.Elapsed.TotalSeconds < seconds || times.Count < 3)
        {
            var watch = Stopwatch.StartNew();
            nn.functional.linear(a, b).Dispose();
            times.Add(watch.Elapsed.TotalSeconds);
        }

        times.Sort();
        var work = 2.0 * m * n * k / 1e9;
        return (work / times[times.Count / 2], work / times[0]);
    }
}
