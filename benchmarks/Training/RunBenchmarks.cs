using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Precision = Platform.Modeling.Precision;

namespace Platform.Benchmarks;

/// <summary>What runs cost the service and the service costs runs: <c>checkpoint</c>, <c>ddp-step</c>, <c>get-run</c>
/// and <c>char-train</c>, each over Trainer.Service and its workers as they are.</summary>
internal static class RunBenchmarks
{
    public static IEnumerable<Command> Create() => [Checkpoint(), DdpStep(), GetRun(), CharTrain()];

    private static Command Checkpoint()
    {
        var (preset, precision) = (Preset(), Flags.Precision(Precision.Fp32));
        var checkpoints = Flags.Number("--checkpoints", 5, "written");
        var interval = Flags.Number("--interval", 8, "steps from one to the next: it waits for an earlier one");
        var command = new Command(
            "checkpoint", "Seconds that training stands still for a checkpoint; its size and time.")
        {
            preset, precision, checkpoints, interval,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var trainer = await TrainerProcess.StartAsync(cancellationToken: cancellationToken);
            var (count, steps) = (parsed.GetValue(checkpoints), parsed.GetValue(interval));
            // Short steps: the next update comes while the checkpoint is being written.
            var spec = TrainerProcess.Spec(
                parsed.GetValue(preset)!, parsed.GetValue(precision), batch: 1, sequence: 256,
                steps: (steps * count) + 1);
            spec.Checkpoint.Interval = steps;
            var (run, values) = await trainer.TrainAsync(
                spec, ["step_seconds", "checkpoint_pause_seconds"], cancellationToken);
            var (stepSeconds, pauses) = (values[0], values[1]);
            var listed = await trainer.Runs.ListCheckpointsAsync(
                new ListCheckpointsRequest { Run = run }, cancellationToken: cancellationToken);
            var settings = Settings(parsed.GetValue(preset)!, parsed.GetValue(precision), batch: 1, sequence: 256);
            settings["checkpoints"] = count;
            settings["interval"] = steps;
            settings["size_bytes"] = listed.Checkpoints[0].SizeBytes;
            settings["pauses"] = pauses.Select(pause => Math.Round(pause, 3));
            settings["step_seconds"] = Math.Round(Statistics.Median(stepSeconds), 3);
            new Measurement("longest_pause", pauses.Max(), "s", settings).Print();
            new Measurement("median_pause", Statistics.Median(pauses), "s", settings).Print();
        });
        return command;
    }

    private static Command DdpStep()
    {
        var (preset, precision) = (Preset(), Flags.Precision(Precision.Fp32));
        var batch = Flags.Number("--batch", 4, "sequences of a step, over all ranks");
        var sequence = Flags.Number("--seq", 256, "tokens of a sequence");
        var ranks = Flags.Number("--ranks", 2, "processes; the one rank beside them has as many threads");
        var steps = Flags.Number("--steps", 4, "steps of each run that count, after two that do not");
        var rounds = Flags.Number("--rounds", 3, "pairs of runs");
        var command = new Command("ddp-step", "Steps of several ranks of one thread each beside one rank of as many.")
        {
            preset, precision, batch, sequence, ranks, steps, rounds,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var trainer = await TrainerProcess.StartAsync(cancellationToken: cancellationToken);
            var world = parsed.GetValue(ranks);
            var (one, several) = (new List<double>(), new List<double>());
            for (var round = 0; round < parsed.GetValue(rounds); round++)
            {
                foreach (var (count, times) in new[] { (1, one), (world, several) })
                {
                    var spec = TrainerProcess.Spec(
                        parsed.GetValue(preset)!, parsed.GetValue(precision),
                        parsed.GetValue(batch), parsed.GetValue(sequence), parsed.GetValue(steps) + 2);
                    (spec.Ranks, spec.Threads) = (count, world / count);
                    spec.Batch.MicroBatchSize = parsed.GetValue(batch) / count;
                    var (_, values) = await trainer.TrainAsync(spec, ["step_seconds"], cancellationToken);
                    times.Add(Statistics.Median([.. values[0].Skip(2)]));
                }
            }

            var settings = Settings(
                parsed.GetValue(preset)!,
                parsed.GetValue(precision),
                parsed.GetValue(batch),
                parsed.GetValue(sequence));
            settings["ranks"] = world;
            new Measurement("one_rank", Statistics.Median(one), "s", settings).Print();
            new Measurement("several_ranks", Statistics.Median(several), "s", settings).Print();
            new Measurement(
                "speed of several / speed of one",
                Statistics.Median([.. one.Zip(several, (alone, together) => alone / together)]), "1", settings).Print();
        });
        return command;
    }

    private static Command GetRun()
    {
        var (preset, precision) = (Preset(), Flags.Precision(Precision.Fp32));
        var calls = Flags.Number("--calls", 2000, "calls of GetRun, one after the other");
        var command = new Command("get-run", "How long GetRun takes while a run uses all cores: milliseconds.")
        {
            preset, precision, calls,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var trainer = await TrainerProcess.StartAsync(cancellationToken: cancellationToken);
            var spec = TrainerProcess.Spec(
                parsed.GetValue(preset)!, parsed.GetValue(precision), batch: 4, sequence: 256, steps: 10_000);
            var run = await trainer.CreateAsync(spec, cancellationToken);
            await trainer.FollowAsync(run, message => message.Points is not null, cancellationToken);
            var times = new List<double>();
            for (var i = 0; i < parsed.GetValue(calls); i++)
            {
                var begin = Stopwatch.GetTimestamp();
                await trainer.Runs.GetRunAsync(new GetRunRequest { Name = run }, cancellationToken: cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                // As a page that looks would, not as fast as it goes: those calls would find the cores their own.
                await Task.Delay(5, cancellationToken);
            }

            await trainer.CancelAsync(run);
            var settings = Settings(parsed.GetValue(preset)!, parsed.GetValue(precision), batch: 4, sequence: 256);
            settings["calls"] = times.Count;
            foreach (var (name, share) in new[] { ("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1.0) })
                new Measurement(name, Statistics.Quantile(times, share), "ms", settings).Print();
        });
        return command;
    }

    private static Command CharTrain()
    {
        var steps = Flags.Number("--steps", 2000, "optimizer steps");
        var rounds = Flags.Number("--rounds", 3, "runs of each, in turns");
        var peers = new Option<bool>("--peers") { Description = "PyTorch's own program beside it, in turns." };
        var python = Flags.Text("--python", "/usr/bin/python3", "a Python with PyTorch");
        // On a small model like this one its threads wait for one another longer than they work.
        var peerThreads = Flags.Number("--peer-threads", 1, "threads of PyTorch");
        var command = new Command(
            "char-train", "nanoGPT's character-level run on a processor: seconds of the whole run.")
        {
            steps, rounds, peers, python, peerThreads,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var trainer = await TrainerProcess.StartAsync(cancellationToken: cancellationToken);
            var count = parsed.GetValue(steps);
            using var peer = parsed.GetValue(peers)
                ? PeerProcess.TryStart(
                    parsed.GetValue(python)!, "char_train.py", count.ToString(CultureInfo.InvariantCulture),
                    parsed.GetValue(peerThreads).ToString(CultureInfo.InvariantCulture))
                : null;
            var works = new Dictionary<string, Func<double>>
            {
                ["ours"] = () => CharTrainAsync(trainer, count, cancellationToken).GetAwaiter().GetResult(),
            };
            if (peer is not null)
                works["pytorch"] = peer.Seconds;
            var settings = new Dictionary<string, object> { ["steps"] = count, ["threads"] = ComputeDevice.Threads };
            foreach (var figure in Pairs.Measure(works, parsed.GetValue(rounds) - 1, settings, s => s, "s"))
                figure.Print();
        });
        return command;
    }

    // From the worker's start to its end: loading libtorch, checkpoints, metrics and all.
    private static async Task<double> CharTrainAsync(
        TrainerProcess trainer, long steps, CancellationToken cancellationToken)
    {
        var spec = TrainerProcess.Spec("gpt2", Precision.Fp32, batch: 12, sequence: 64, steps);
        spec.Dataset = TrainerProcess.Characters;
        spec.Model = new ModelSpec
        {
            NLayer = 4,
            NHead = 4,
            NEmbd = 128,
            BlockSize = 64,
            Bias = false,
            Dropout = 0,
            VocabMultiple = 1,
        };
        spec.RandomBatches = true;
        spec.Optimizer = new OptimizerSpec
        {
            LearningRate = 1e-3,
            MinLearningRate = 1e-4,
            WarmupSteps = 100,
            Beta2 = 0.99,
            WeightDecay = 0.1,
        };
        // As many tokens are validated as nanoGPT's 20 batches of both splits take.
        (spec.Evaluation.ValidationInterval, spec.Evaluation.ValidationBatches) = (250, 40);
        var (run, _) = await trainer.TrainAsync(spec, [], cancellationToken);
        var answer = await trainer.Runs.GetRunAsync(
            new GetRunRequest { Name = run }, cancellationToken: cancellationToken);
        return (answer.Run.EndTime.ToDateTime() - answer.Run.StartTime.ToDateTime()).TotalSeconds;
    }

    private static Option<string> Preset() => Flags.Text("--preset", "gpt2", "gpt2, gpt2-medium …");

    private static Dictionary<string, object> Settings(string preset, Precision precision, int batch, int sequence) =>
        new()
        {
            ["preset"] = preset,
            ["precision"] = precision.ToString().ToLowerInvariant(),
            ["batch"] = batch,
            ["seq"] = sequence,
            ["threads"] = ComputeDevice.Threads,
        };
}
