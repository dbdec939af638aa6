using System.CommandLine;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary><c>packed-trials</c>: LoRA trials in one pass on one base beside the same trials one after the
/// other.</summary>
internal static class PackedTrialsBenchmark
{
    public static Command Create()
    {
        var precision = Flags.Precision(Precision.Fp32);
        var trials = Flags.Number("--trials", 8, "trials in the pack");
        var rows = Flags.Number("--rows", 16, "rows (tokens of a micro-batch) of each trial");
        var layers = Flags.Number("--layers", 4, "blocks of the base");
        var width = Flags.Number("--width", 128, "n_embd of the base");
        var steps = Flags.Number("--steps", 10, "measured steps of each, after one that is not");
        var threads = Flags.Threads();
        var command = new Command("packed-trials", "Steps of LoRA trials, packed and alone: seconds, gain.")
        {
            precision, trials, rows, layers, width, steps, threads,
        };
        command.SetAction(parsed =>
        {
            MemoryTuning.Apply();
            ComputeDevice.SetThreads(parsed.GetValue(threads));
            var config = new GptConfig
            {
                VocabSize = 4096,
                BlockSize = 1024,
                NLayer = parsed.GetValue(layers),
                NHead = 4,
                NEmbd = parsed.GetValue(width),
            };
            var count = parsed.GetValue(trials);
            using var model = new Gpt(config, precision: parsed.GetValue(precision));
            var ids = randint(config.VocabSize, [1, parsed.GetValue(rows) + 1]);
            var alone = Statistics.MedianSeconds(parsed.GetValue(steps), Trials(model, count, ids, packed: false));
            var packed = Statistics.MedianSeconds(parsed.GetValue(steps), Trials(model, count, ids, packed: true));
            var settings = new Dictionary<string, object>
            {
                ["precision"] = parsed.GetValue(precision).ToString().ToLowerInvariant(),
                ["trials"] = count,
                ["rows"] = parsed.GetValue(rows),
                ["layers"] = config.NLayer,
                ["width"] = config.NEmbd,
                ["threads"] = ComputeDevice.Threads,
            };
            new Measurement("alone_seconds", alone, "s", settings).Print();
            new Measurement("packed_seconds", packed, "s", settings).Print();
            new Measurement("packed_gain", alone / packed, "1", settings).Print();
        });
        return command;
    }

    // One step of every trial.
    private static Action Trials(Gpt model, int count, Tensor ids, bool packed)
    {
        var config = new LoraConfig { Rank = 4, Alpha = 1, Dropout = 0.05, Bias = LoraBias.LoraOnly };
        LoraAdapter[] adapters = [.. Enumerable.Range(0, count).Select(i => new LoraAdapter(model, config, seed: i))];
        Generator[] generators = [.. adapters.Select((_, i) => new Generator((ulong)i))];
        ParameterSelection[] selections = [.. adapters.Select(a => ParameterSelection.OfAdapter(model, a))];
        AdamW[] optimizers = [.. selections.Select(selection => new AdamW(selection, new AdamWOptions()))];
        var pack = packed ? new LoraPack(model, adapters, generators) : null;
        var length = ids.shape[1] - 1;
        var (inputs, targets) = (ids.narrow(1, 0, length), ids.narrow(1, 1, length));
        model.train();
        return () =>
        {
            using var scope = NewDisposeScope();
            pack?.AccumulateGradients(inputs, targets);
            for (var i = 0; i < count; i++)
            {
                if (pack is null)
                {
                    model.Attach(adapters[i]);
                    model.DropoutGenerator = generators[i];
                    model.AccumulateGradients(inputs, targets);
                }

                GradientClipping.Clip(selections[i], 1);
                optimizers[i].Step(1e-3);
                selections[i].ClearGradients();
            }
        };
    }
}
