using System.CommandLine;
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
        var step = Flags.Text(
            "--step",
            "",
            "a preset (gpt2 …): the products of its training step with four sequences, --m rows in all, one by one");
        var threads = Flags.Threads();
        var command = new Command("gemm", "Matrix product GFLOP/s in fp32 and bf16: median of the repetitions.")
        {
            m, n, k, seconds, step, threads,
        };
        command.SetAction(parsed =>
        {
            MemoryTuning.Apply();
            ComputeDevice.SetThreads(parsed.GetValue(threads));
            foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            {
                if (parsed.GetValue(step) is { Length: > 0 } preset)
                    StepProducts.Measure(GptConfig.Preset(preset), batch: 4, parsed.GetValue(m) / 4, type);
                Run(parsed.GetValue(m), parsed.GetValue(n), parsed.GetValue(k), parsed.GetValue(seconds), type);
            }
        });
        return command;
    }

    private static void Run(int m, int n, int k, int seconds, ScalarType type)
    {
        var (median, best) = Gemm.Measure(m, n, k, seconds, type);
        new Measurement(
            "gemm",
            median,
            "GFLOP/s",
            new Dictionary<string, object>
            {
                ["precision"] = type == ScalarType.Float32 ? "fp32" : "bf16",
                ["m"] = m,
                ["n"] = n,
                ["k"] = k,
                ["threads"] = ComputeDevice.Threads,
                ["best"] = best,
            }).Print();
    }
}
