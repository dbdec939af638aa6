using System.CommandLine;
using System.Diagnostics;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary><c>gemm</c>: the machine's peak in matrix products, by which training speeds are judged.</summary>
internal static class GemmBenchmark
{
    public static Command Create()
    {
        var m = Flags.Number("--m", 1024, "rows");
        var n = Flags.Number("--n", 3072, "columns of the result");
        var k = Flags.Number("--k", 3072, "the inner dimension");
        var seconds = Flags.Number("--seconds", 3, "time per figure");
        var threads = Flags.Threads();
        var command = new Command("gemm", "Matrix product GFLOP/s in fp32 and bf16: median of the repetitions.")
        {
            m, n, k, seconds, threads,
        };
        command.SetAction(parsed =>
        {
            MemoryTuning.Apply();
            ComputeDevice.SetThreads(parsed.GetValue(threads));
            foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            {
                Run(parsed.GetValue(m), parsed.GetValue(n), parsed.GetValue(k), parsed.GetValue(seconds), type);
            }
        });
        return command;
    }

    private static void Run(int m, int n, int k, int seconds, ScalarType type)
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
        new Measurement(
            "gemm",
            2.0 * m * n * k / times[times.Count / 2] / 1e9,
            "GFLOP/s",
            new Dictionary<string, object>
            {
                ["precision"] = type == ScalarType.Float32 ? "fp32" : "bf16", ["m"] = m, ["n"] = n, ["k"] = k,
                ["threads"] = ComputeDevice.Threads,
                ["best"] = 2.0 * m * n * k / times[0] / 1e9,
            }).Print();
    }
}
