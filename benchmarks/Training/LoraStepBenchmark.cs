using System.CommandLine;
using System.Diagnostics;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary><c>lora-step</c>: an optimizer step of a LoRA run beside one of the full fine-tune, in time and
/// memory.</summary>
internal static class LoraStepBenchmark
{
    private sealed record Settings(
        string Preset, Precision Precision, int Batch, int Sequence, int Steps, LoraConfig? Lora);

    public static Command Create()
    {
        var preset = Flags.Text("--preset", "gpt2", "gpt2, gpt2-medium …");
        var precision = Flags.Precision(Precision.Bf16);
        var batch = Flags.Number("--batch", 4, "sequences");
        var sequence = Flags.Number("--seq", 256, "tokens of a sequence");
        var steps = Flags.Number("--steps", 5, "measured steps of each, after one that is not");
        var rank = Flags.Number("--rank", 8, "the adapter's rank");
        var targets = Flags.Text("--targets", "c_attn", "layers it adapts, by comma");
        var dora = new Option<bool>("--dora") { Description = "Train a DoRA adapter." };
        var threads = Flags.Threads();
        var command = new Command("lora-step", "A LoRA step beside a full fine-tune's: seconds, memory, both ratios.")
        {
            preset, precision, batch, sequence, steps, rank, targets, dora, threads,
        };
        command.SetAction(parsed =>
        {
            MemoryTuning.Apply();
            ComputeDevice.SetThreads(parsed.GetValue(threads));
            var lora = new LoraConfig
            {
                Rank = parsed.GetValue(rank),
                TargetModules = parsed.GetValue(targets)!.Split(','),
                UseDora = parsed.GetValue(dora),
            };
            var settings = new Settings(
                parsed.GetValue(preset)!, parsed.GetValue(precision), parsed.GetValue(batch),
                parsed.GetValue(sequence), parsed.GetValue(steps), lora);
            // The smaller one first: what it frees, the larger one takes again.
            var adapter = Measure(settings);
            var full = Measure(settings with { Lora = null });
            Report("lora_step_seconds", adapter.Seconds, "s", settings);
            Report("full_step_seconds", full.Seconds, "s", settings);
            Report("step_time_ratio", adapter.Seconds / full.Seconds, "1", settings);
            Report("lora_peak_rss_bytes", adapter.Memory, "B", settings);
            Report("full_peak_rss_bytes", full.Memory, "B", settings);
            Report("memory_ratio", adapter.Memory / full.Memory, "1", settings);
        });
        return command;
    }

    private static (double Seconds, double Memory) Measure(Settings settings)
    {
        ProcessMemory.ResetPeak();
        var config = GptConfig.Preset(settings.Preset);
        using var model = new Gpt(config, precision: settings.Precision);
        using var adapter = settings.Lora is { } lora ? new LoraAdapter(model, lora) : null;
        if (adapter is not null)
        {
            model.Attach(adapter);
            model.CastBase();
        }

        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        using var random = new Generator(1);
        using var ids = randint(config.VocabSize, [settings.Batch, settings.Sequence + 1], generator: random);
        var times = new List<double>();
        for (var step = 0; step <= settings.Steps; step++)
        {
            var watch = Stopwatch.StartNew();
            TrainStepBenchmark.Step(model, selection, optimizer, ids, accumulation: 1);
            if (step > 0)
                times.Add(watch.Elapsed.TotalSeconds);
        }

        times.Sort();
        return (times[times.Count / 2], ProcessMemory.Peak());
    }

    private static void Report(string name, double value, string unit, Settings settings) => new Measurement(
        name, value, unit, new Dictionary<string, object>
        {
            ["preset"] = settings.Preset,
            ["precision"] = settings.Precision.ToString().ToLowerInvariant(),
            ["batch"] = settings.Batch,
            ["seq"] = settings.Sequence,
            ["steps"] = settings.Steps,
            ["rank"] = settings.Lora!.Rank,
            ["targets"] = string.Join(',', settings.Lora.TargetModules),
            ["dora"] = settings.Lora.UseDora,
            ["threads"] = ComputeDevice.Threads,
        }).Print();
}
