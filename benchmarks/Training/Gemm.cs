using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary>A linear layer's matrix product on the processor, timed: libtorch's and our own in turns.</summary>
internal static class Gemm
{
    /// <summary>GFLOP/s of (m, k) times (n, k) transposed, each way over about the given time; the faster
    /// way's.</summary>
    public static (double Median, double Best) Measure(int m, int n, int k, int seconds, ScalarType type)
    {
        var times = ProductPeak.Sample(CPU, type, (m, n, k), TimeSpan.FromSeconds(2 * seconds));
        var work = 2.0 * m * n * k / 1e9;
        return (
            work / times.Min(taken => Statistics.Median(taken)), work / times.Min(taken => taken.Min()));
    }
}
