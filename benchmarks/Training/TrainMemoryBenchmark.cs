using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary>
/// <c>train-memory</c>: peak memory of training steps with the whole batch's logits in fp32, with chunked
/// cross-entropy, and with recomputed activations besides; each in a process of its own. What weights, gradients and
/// moments (16 bytes a parameter) and the idle process take is subtracted.
/// </summary>
internal static class TrainMemoryBenchmark
{
    private const string Whole = "whole";
    private const string Chunked = "chunked";
    private const string Recomputed = "recomputed";

    private sealed record Result(double PeakBytes, double IdleBytes, double StepSeconds, double Loss);

    public static Command Create()
    {
        var preset = Flags.Text("--preset", "gpt2", "gpt2, gpt2-medium …");
        var precision = Flags.Precision(Precision.Bf16);
        var batch = Flags.Number("--batch", 4, "sequences");
        var sequence = Flags.Number("--seq", 1024, "tokens of a sequence");
        var steps = Flags.Number("--steps", 2, "steps that are timed, after one that is not");
        var threads = Flags.Threads();
        var way = new Option<string?>("--way") { Description = "Measure one way in this process.", Hidden = true };
        var command = new Command("train-memory", "Peak memory of a training step in three ways, and its ratios.")
        {
            preset, precision, batch, sequence, steps, threads, way,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(way) is { } one)
            {
                MemoryTuning.Apply();
                ComputeDevice.SetThreads(parsed.GetValue(threads));
                var measured = Measure(
                    one, GptConfig.Preset(parsed.GetValue(preset)!), parsed.GetValue(precision), parsed.GetValue(batch),
                    parsed.GetValue(sequence), parsed.GetValue(steps));
                Console.WriteLine(JsonSerializer.Serialize(measured));
                return;
            }

            string[] flags =
            [
                "--preset", parsed.GetValue(preset)!,
                "--precision", parsed.GetValue(precision).ToString(),
                "--batch", Invariant(parsed.GetValue(batch)),
                "--seq", Invariant(parsed.GetValue(sequence)),
                "--steps", Invariant(parsed.GetValue(steps)),
                "--threads", Invariant(parsed.GetValue(threads)),
            ];
            Report(parsed.GetValue(preset)!, flags, new[] { Whole, Chunked, Recomputed }.ToDictionary(
                one => one, one => InOwnProcess([.. flags, "--way", one])));
        });
        return command;
    }

    private static void Report(string preset, string[] flags, Dictionary<string, Result> results)
    {
        var states = 16.0 * GptConfig.Preset(preset).ParameterCount();
        var settings = new Dictionary<string, object> { ["flags"] = string.Join(' ', flags) };
        double Above(string way) => results[way].PeakBytes - results[way].IdleBytes - states;
        foreach (var (way, result) in results)
        {
            new Measurement($"{way}_peak_rss_bytes", result.PeakBytes, "B", settings).Print();
            new Measurement($"{way}_bytes_above", Above(way), "B", settings).Print();
            new Measurement($"{way}_step_seconds", result.StepSeconds, "s", settings).Print();
            new Measurement($"{way}_loss", result.Loss, "nats", settings).Print();
        }

        foreach (var way in new[] { Chunked, Recomputed })
            new Measurement($"{way}_above / {Whole}_above", Above(way) / Above(Whole), "1", settings).Print();
        new Measurement(
            $"seconds of {Recomputed} / seconds of {Chunked}",
            results[Recomputed].StepSeconds / results[Chunked].StepSeconds, "1", settings).Print();
    }

    private static Result InOwnProcess(IEnumerable<string> arguments)
    {
        // Its own program, or `dotnet` with it as the first argument.
        var program = Environment.ProcessPath!;
        var assembly = Environment.GetCommandLineArgs()[0];
        string[] itself = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [assembly] : [];
        using var process = Process.Start(new ProcessStartInfo(
            program, [.. itself, "train-memory", .. arguments])
        { RedirectStandardOutput = true })!;
        var line = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Result>(line)!
            : throw new InvalidOperationException($"The measured process ended with {process.ExitCode}.");
    }

    private static Result Measure(
        string way, GptConfig config, Precision precision, int batch, int sequence, int steps)
    {
        using (ones(1))
        {
        }

        var idle = ProcessMemory.Peak();
        using var model = new Gpt(config, precision: precision) { CheckpointActivations = way == Recomputed };
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        using var random = new Generator(1);
        using var ids = randint(config.VocabSize, [batch, sequence + 1], generator: random);
        var (times, loss) = (new List<double>(), 0.0);
        for (var step = 0; step <= steps; step++)
        {
            var begin = Stopwatch.GetTimestamp();
            loss = way == Whole
                ? WholeStep(model, selection, optimizer, ids)
                : TrainStepBenchmark.Step(model, selection, optimizer, ids, accumulation: 1);
            if (step > 0)
                times.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return new Result(ProcessMemory.Peak(), idle, Statistics.Median(times), loss);
    }

    // As PyTorch's programs do it: autograd through the layers, and logits of all rows at once in fp32.
    private static double WholeStep(Gpt model, ParameterSelection selection, AdamW optimizer, Tensor ids)
    {
        using var scope = NewDisposeScope();
        var length = ids.shape[1] - 1;
        var loss = model.Loss(ids.narrow(1, 0, length), ids.narrow(1, 1, length));
        loss.backward();
        var (_, factor) = GradientClipping.Measure(selection, 1.0);
        optimizer.Step(6e-4, factor);
        selection.ClearGradients();
        return loss.item<float>();
    }

    private static string Invariant(int value) => value.ToString(CultureInfo.InvariantCulture);
}
