using System.CommandLine;
using System.Diagnostics;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary><c>train-step</c>: whole optimizer steps of a GPT-2 on random tokens.</summary>
internal static class TrainStepBenchmark
{
    private sealed record Settings(
        string Preset, Precision Precision, int Batch, int Sequence, int Accumulation, int Steps, bool Recompute,
        bool Compiled);

    public static Command Create()
    {
        var preset = Flags.Text("--preset", "gpt2", "gpt2, gpt2-medium …, or shakespeare-char: nanoGPT's CPU settings");
        var precision = Flags.Precision(Precision.Fp32);
        var batch = Flags.Number("--batch", 4, "sequences");
        var sequence = Flags.Number("--seq", 256, "tokens of a sequence");
        var accumulation = Flags.Number("--accumulation", 1, "micro-batches of a step");
        var steps = Flags.Number("--steps", 4, "measured steps, after one that is not");
        var threads = Flags.Threads();
        var recompute = new Option<bool>("--checkpoint-activations") { Description = "Compute activations twice." };
        var layers = new Option<bool>("--no-compile") { Description = "The layers' own operations and autograd." };
        var plainMalloc = new Option<bool>("--plain-malloc") { Description = "Leave glibc's malloc as it is." };
        var command = new Command("train-step", "Optimizer steps of a GPT-2: tokens/s, GFLOP/s, memory, losses.")
        {
            preset, precision, batch, sequence, accumulation, steps, threads, recompute, layers, plainMalloc,
        };
        command.SetAction(parsed =>
        {
            if (!parsed.GetValue(plainMalloc))
                MemoryTuning.Apply();
            ComputeDevice.SetThreads(parsed.GetValue(threads));
            Run(new Settings(
                parsed.GetValue(preset)!, parsed.GetValue(precision), parsed.GetValue(batch),
                parsed.GetValue(sequence), parsed.GetValue(accumulation), parsed.GetValue(steps),
                parsed.GetValue(recompute), !parsed.GetValue(layers)));
        });
        return command;
    }

    private static void Run(Settings settings)
    {
        var config = settings.Preset == "shakespeare-char"
            ? new GptConfig
            {
                VocabSize = 65,
                BlockSize = 64,
                NLayer = 4,
                NHead = 4,
                NEmbd = 128,
                Bias = false,
                VocabMultiple = 1,
            }
            : GptConfig.Preset(settings.Preset);
        using var model = new Gpt(config, precision: settings.Precision)
        {
            CheckpointActivations = settings.Recompute,
            Compiled = settings.Compiled,
        };
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        using var random = new Generator(1);
        using var ids = randint(config.VocabSize, [settings.Batch, settings.Sequence + 1], generator: random);
        var type = model.ComputeType;
        var peaks = new List<double> { Gemm.Measure(1024, 3072, 3072, 1, type).Best };
        var losses = new List<double>();
        var times = new List<double>();
        for (var step = 0; step <= settings.Steps; step++)
        {
            var watch = Stopwatch.StartNew();
            losses.Add(Step(model, selection, optimizer, ids, settings.Accumulation));
            if (step > 0)
                times.Add(watch.Elapsed.TotalSeconds);
        }

        peaks.Add(Gemm.Measure(1024, 3072, 3072, 1, type).Best);
        times.Sort();
        Report(settings, config, times[times.Count / 2], losses, peaks.Max());
    }

    internal static double Step(
        Gpt model, ParameterSelection selection, AdamW optimizer, Tensor ids, int accumulation)
    {
        using var scope = NewDisposeScope();
        var length = ids.shape[1] - 1;
        var loss = 0.0;
        for (var micro = 0; micro < accumulation; micro++)
        {
            loss += model.AccumulateGradients(
                ids.narrow(1, 0, length), ids.narrow(1, 1, length), scale: 1.0 / accumulation).item<float>();
        }

        var (_, factor) = GradientClipping.Measure(selection, 1.0);
        optimizer.Step(6e-4, factor);
        selection.ClearGradients();
        return loss / accumulation;
    }

    private static void Report(Settings settings, GptConfig config, double seconds, List<double> losses, double peak)
    {
        var tokens = (double)settings.Batch * settings.Sequence * settings.Accumulation;
        // nanoGPT's count: 6 N + 12 L C T a token, N without position embeddings.
        var parameters = config.ParameterCount() - ((long)config.BlockSize * config.NEmbd);
        var flops = (6.0 * parameters) + (12.0 * config.NLayer * config.NEmbd * settings.Sequence);
        var described = new Dictionary<string, object>
        {
            ["preset"] = settings.Preset,
            ["precision"] = settings.Precision.ToString().ToLowerInvariant(),
            ["batch"] = settings.Batch,
            ["seq"] = settings.Sequence,
            ["accumulation"] = settings.Accumulation,
            ["steps"] = settings.Steps,
            ["checkpoint_activations"] = settings.Recompute,
            ["compile"] = settings.Compiled,
            ["threads"] = ComputeDevice.Threads,
            ["losses"] = losses.Select(loss => Math.Round(loss, 4)).Take(8),
        };
        new Measurement("step_seconds", seconds, "s", described).Print();
        new Measurement("tokens_per_second", tokens / seconds, "tokens/s", described).Print();
        new Measurement("gflops", tokens * flops / seconds / 1e9, "GFLOP/s", described).Print();
        new Measurement("gemm_peak", peak, "GFLOP/s", described).Print();
        new Measurement("fraction_of_gemm_peak", tokens * flops / seconds / 1e9 / peak, "1", described).Print();
        new Measurement("peak_rss_bytes", ProcessMemory.Peak(), "B", described).Print();
    }
}
