using System.CommandLine;
using System.Diagnostics;
using Platform.Modeling;

namespace Platform.Benchmarks;

/// <summary><c>prefill</c>, <c>decode</c>, <c>streams</c>, <c>adapters</c>, <c>prefix</c>: the engine of
/// serving.</summary>
internal static class ServingBenchmarks
{
    private const int PieceTokens = 128; // as Inference.Service cuts prompts

    private sealed record Settings(
        string Preset, WeightKind Kind, int Threads, int Tokens, int Context, int Repeat, string Peer);

    public static IEnumerable<Command> Create() =>
    [
        Command("prefill", "A prompt of --context tokens to its first scores: tokens/s.", Prefill),
        Command("decode", "One stream of --tokens tokens after --context: tokens/s.", Decode),
        Command(
            "streams", "1, 4, 8 and 16 streams at once: tokens/s of all, and the 95th percentile of a step.", Streams),
        Command("adapters", "A batch of 8 with one adapter for all, and with 8 adapters: tokens/s.", Adapters),
        Command("prefix", "First token behind --context tokens, cold and with them in the cache: seconds.", Prefix),
    ];

    private static Command Command(string name, string description, Action<Settings> run)
    {
        var preset = Flags.Text("--preset", "gpt2", "gpt2, gpt2-medium …");
        var kind = Flags.Text("--precision", "bf16", "fp32, bf16 or int8");
        var threads = Flags.Number("--threads", Environment.ProcessorCount, "threads");
        var tokens = Flags.Number("--tokens", 64, "measured tokens of a stream");
        var context = Flags.Number(
            "--context", name switch { "prefix" => 512, "prefill" or "decode" => 256, _ => 32 }, "prompt tokens");
        var repeat = Flags.Number("--repeat", 5, "repetitions, of which the median counts");
        var peer = new Option<string>("--peer")
        {
            Description =
                "A GGUF file of the same size, for llama.cpp in turn (node, npm install in benchmarks/peers).",
            DefaultValueFactory = _ => "",
        };
        var command = new Command(name, description) { preset, kind, threads, tokens, context, repeat };
        if (name is "prefill" or "decode")
            command.Add(peer);
        command.SetAction(parsed => run(new Settings(
            parsed.GetValue(preset)!, Enum.Parse<WeightKind>(parsed.GetValue(kind)!, ignoreCase: true),
            parsed.GetValue(threads), parsed.GetValue(tokens), parsed.GetValue(context), parsed.GetValue(repeat),
            name is "prefill" or "decode" ? parsed.GetValue(peer)! : "")));
        return command;
    }

    private static void Prefill(Settings settings)
    {
        using var served = new ServedGpt(settings.Preset, settings.Kind, 1, settings.Threads);
        var prompt = served.Prompt(settings.Context);
        Compare("prefill", settings, settings.Context, () =>
        {
            var begin = Stopwatch.GetTimestamp();
            Prefill(served, prompt, 0, 0);
            return Stopwatch.GetElapsedTime(begin).TotalSeconds;
        });
    }

    private static void Decode(Settings settings)
    {
        using var served = new ServedGpt(settings.Preset, settings.Kind, 1, settings.Threads);
        Compare("decode", settings, settings.Tokens, () => Steps(served, settings, 1, [null]).Sum());
    }

    // Ours and the peer's in turn, each of them the whole work a round.
    private static void Compare(string name, Settings settings, int tokens, Func<double> ours)
    {
        var works = new Dictionary<string, Func<double>> { [name] = ours };
        using var peer = settings.Peer.Length == 0 ? null : PeerProcess.TryStart(
            "node", "llamacpp.mjs", Path.GetFullPath(settings.Peer), name, $"{settings.Context}", $"{settings.Tokens}",
            $"{settings.Threads}");
        if (peer is not null)
            works[$"llama.cpp {name}, {Path.GetFileName(settings.Peer)}"] = peer.Seconds;
        foreach (var figure in Pairs.Measure(
            works, settings.Repeat, Describe(settings), seconds => tokens / seconds, "tokens/s"))
        {
            figure.Print();
        }
    }

    private static void Streams(Settings settings)
    {
        int[] counts = [1, 4, 8, 16];
        using var served = new ServedGpt(settings.Preset, settings.Kind, 16, settings.Threads);
        // In turn, so that all have the machine as it is.
        var rounds = Enumerable.Range(0, settings.Repeat)
            .Select(_ => counts.Select(streams => Steps(served, settings, streams, [null])).ToArray())
            .ToArray();
        foreach (var (i, streams) in counts.Index())
        {
            var rates = rounds.Select(round => streams / Statistics.Quantile(round[i], 0.5)).ToList();
            var times = rounds
                .Select(round => streams * Statistics.Quantile(round[0], 0.5) / Statistics.Quantile(round[i], 0.5))
                .ToList();
            var late = rounds.Select(round => Statistics.Quantile(round[i], 0.95)).ToList();
            Print("streams", Statistics.Median(rates), "tokens/s", settings, ("streams", streams));
            Print("streams_p95_step", Statistics.Median(late), "s", settings, ("streams", streams));
            Print("streams_of_one", Statistics.Median(times), "1", settings, ("streams", streams));
        }
    }

    private static void Adapters(Settings settings)
    {
        const int Rank = 8;
        using var served = new ServedGpt(settings.Preset, settings.Kind, 8, settings.Threads);
        LoraAdapter[] adapters = [.. Enumerable.Range(0, 8).Select(_ => served.AddAdapter(Rank))];
        var none = Statistics.Quantile(Steps(served, settings, 8, [null]), 0.5);
        var one = Statistics.Quantile(Steps(served, settings, 8, [adapters[0]]), 0.5);
        var eight = Statistics.Quantile(Steps(served, settings, 8, adapters), 0.5);
        Print("adapters", 8 / none, "tokens/s", settings, ("adapters", 0));
        Print("adapters", 8 / one, "tokens/s", settings, ("adapters", 1));
        Print("adapters", 8 / eight, "tokens/s", settings, ("adapters", 8));
        Print("adapters_eight_of_one", one / eight, "1", settings);
    }

    private static void Prefix(Settings settings)
    {
        const int OwnTokens = 8;
        using var served = new ServedGpt(settings.Preset, settings.Kind, 1, settings.Threads);
        var prompt = served.Prompt(settings.Context + OwnTokens);
        var cold = Statistics.MedianSeconds(settings.Repeat, () => Prefill(served, prompt, 0, 0));
        var warm = Statistics.MedianSeconds(settings.Repeat, () => Prefill(served, prompt, 0, settings.Context));
        Print("prefix_cold", cold, "s", settings);
        Print("prefix_reused", warm, "s", settings);
        Print("prefix_reused_of_cold", warm / cold, "1", settings);
    }

    private static void Prefill(ServedGpt served, int[] prompt, int slot, int reused)
    {
        served.Decoder.Cache.Truncate(slot, reused);
        var logits = new float[served.Vocabulary];
        for (var from = reused; from < prompt.Length; from += PieceTokens)
        {
            var count = Math.Min(PieceTokens, prompt.Length - from);
            served.Decoder.Prefill(
                slot, prompt.AsSpan(from, count), adapter: null, from + count == prompt.Length ? logits : []);
        }
    }

    // Seconds of each step, greedy tokens fed back.
    private static List<double> Steps(ServedGpt served, Settings settings, int streams, LoraAdapter?[] adapters)
    {
        const int Unmeasured = 8;
        var rows = new DecodeRow[streams];
        for (var slot = 0; slot < streams; slot++)
        {
            Prefill(served, served.Prompt(settings.Context, slot), slot, 0);
            rows[slot] = new DecodeRow(slot, slot, adapters[slot % adapters.Length]);
        }

        var logits = new float[streams * served.Vocabulary];
        var greedy = new SamplingOptions { Temperature = 0 };
        var times = new List<double>();
        for (var step = 0; step < settings.Tokens + Unmeasured; step++)
        {
            var watch = Stopwatch.StartNew();
            served.Decoder.Decode(rows, logits);
            for (var row = 0; row < streams; row++)
            {
                var own = logits.AsSpan(row * served.Vocabulary, served.Vocabulary);
                rows[row] = rows[row] with { Token = Sampler.Next(own, greedy, step) };
            }

            if (step >= Unmeasured)
                times.Add(watch.Elapsed.TotalSeconds);
        }

        times.Sort();
        return times;
    }

    private static void Print(
        string name, double value, string unit, Settings settings, params (string Name, object Value)[] more)
    {
        var described = Describe(settings);
        foreach (var (key, entry) in more)
            described[key] = entry;
        new Measurement(name, value, unit, described).Print();
    }

    private static Dictionary<string, object> Describe(Settings settings) => new()
    {
        ["preset"] = settings.Preset,
        ["precision"] = settings.Kind.ToString().ToLowerInvariant(),
        ["threads"] = settings.Threads,
        ["context"] = settings.Context,
        ["tokens"] = settings.Tokens,
    };
}
