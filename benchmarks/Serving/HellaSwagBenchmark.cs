using System.CommandLine;
using System.Diagnostics;
using Platform.Evals;
using Platform.Modeling;
using Platform.Tokenization;
using static TorchSharp.torch;

namespace Platform.Benchmarks;

/// <summary>
/// <c>hellaswag</c>: items a second of the evaluation's scorer beside the plain way, in slices one after the other.
/// </summary>
internal static class HellaSwagBenchmark
{
    // Slices of both ways take turns, so that neither has the machine in a better moment.
    private const int Slices = 7;
    private const int BlockItems = 64;

    private sealed record Settings(
        string Input,
        string Tokenizer,
        string Preset,
        Precision Precision,
        int Items,
        int Tokens,
        bool Harness,
        bool SingleRows);

    public static Command Create()
    {
        var input = new Option<FileInfo>("--input") { Description = "HellaSwag's jsonl.", Required = true };
        var tokenizer = new Option<DirectoryInfo>("--tokenizer")
        {
            Description = "Folder of GPT-2's tokenizer.",
            Required = true,
        };
        var preset = Flags.Text("--preset", "gpt2", "gpt2, gpt2-medium …; random weights");
        var precision = Flags.Precision(Precision.Fp32);
        var items = Flags.Number("--items", 700, "items");
        var tokens = Flags.Number("--tokens", ContinuationScorer.DefaultTokenBudget, "tokens of a pass, for both ways");
        var threads = Flags.Threads();
        var harness = new Option<bool>("--harness")
        {
            Description = "lm-evaluation-harness's rendering instead of build-nanogpt's.",
        };
        var singleRows = new Option<bool>("--single-rows")
        {
            Description = "The plain way sorts rows one by one, so that it hardly pads, instead of items.",
        };
        var command = new Command(
            "hellaswag", "Items scored a second: shared contexts beside four padded rows an item, sorted by length.")
        {
            input, tokenizer, preset, precision, items, tokens, threads, harness, singleRows,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            MemoryTuning.Apply();
            ComputeDevice.SetThreads(parsed.GetValue(threads));
            Run(
                new Settings(
                    parsed.GetValue(input)!.FullName, parsed.GetValue(tokenizer)!.FullName, parsed.GetValue(preset)!,
                    parsed.GetValue(precision), parsed.GetValue(items), parsed.GetValue(tokens),
                    parsed.GetValue(harness), parsed.GetValue(singleRows)),
                cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Run(Settings settings, CancellationToken cancellationToken)
    {
        using var model = new Gpt(GptConfig.Preset(settings.Preset), precision: settings.Precision);
        model.eval();
        var groups = Read(settings, model.Config.BlockSize);
        var shared = groups.Select(group => new ScoredContinuation[group.Rows.Count]).ToArray();
        var padded = groups.Select(group => group.Rows.Select(_ => new RowScore()).ToArray()).ToArray();
        var blocks = Enumerable.Range(0, groups.Count).Chunk(BlockItems).ToList();
        var passes = PaddedPasses(groups, padded, settings);
        using var scorer = new ContinuationScorer(model, settings.Tokens);
        scorer.Score(groups[..1], cancellationToken); // the first pass finds memory and kernels
        var (sharedTime, paddedTime) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var slice = 0; slice < Slices; slice++)
        {
            sharedTime += Time(() =>
            {
                foreach (var block in blocks.Where((_, i) => i % Slices == slice))
                {
                    var scores = scorer.Score([.. block.Select(i => groups[i])], cancellationToken);
                    foreach (var (i, at) in block.Index())
                        shared[at] = scores[i];
                }
            });
            paddedTime += Time(() =>
            {
                using var head = new HeadPool(model, asksGreedy: false);
                foreach (var pass in passes.Where((_, i) => i % Slices == slice))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ScorePadded(model, pass, head);
                }

                head.Flush();
            });
        }

        var paddedTokens = passes.Sum(pass => pass.Length * pass.Max(row => row.Count));
        Report(settings, groups, shared, padded, sharedTime, paddedTime, paddedTokens);
    }

    private static List<RowGroup> Read(Settings settings, int contextLength)
    {
        var encoder = new PromptEncoder(TokenizerFiles.Load(settings.Tokenizer), contextLength);
        return
        [
            .. HellaSwagFile.Read(settings.Input)
                .Select(entry => entry.Item)
                .OfType<HellaSwagItem>()
                .Take(settings.Items)
                .Select(item => settings.Harness ? HellaSwagTask.RenderHarness(item) : HellaSwagTask.RenderPlain(item))
                .Select(prompt => new RowGroup(encoder.Encode(prompt))),
        ];
    }

    // Rows of a pass are as long as its longest; an item's four stay together, or each goes where its length belongs.
    private static List<PendingRow[]> PaddedPasses(List<RowGroup> groups, RowScore[][] scores, Settings settings)
    {
        var rows = groups.Zip(scores, (group, score) => group.Rows
            .Zip(score, (row, place) => new PendingRow(row, 0, 0, place))
            .ToArray());
        var units = settings.SingleRows ? rows.SelectMany(item => item.Select(row => (PendingRow[])[row])) : rows;
        var passes = new List<PendingRow[]>();
        var pass = new List<PendingRow>();
        foreach (var unit in units.OrderBy(unit => unit.Max(row => row.Count)))
        {
            if (pass.Count > 0 && (pass.Count + unit.Length) * unit.Max(row => row.Count) > settings.Tokens)
            {
                passes.Add([.. pass]);
                pass.Clear();
            }

            pass.AddRange(unit);
        }

        passes.Add([.. pass]);
        return passes;
    }

    private static void ScorePadded(Gpt model, PendingRow[] rows, HeadPool head)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var time = rows.Max(row => row.Count);
        var ids = new long[rows.Length * time];
        foreach (var (r, row) in rows.Index())
        {
            for (var t = 0; t < row.Count; t++)
                ids[(r * time) + t] = row.Row.Tokens[t];
        }

        var hidden = model.Forward(tensor(ids, device: model.Device).view(rows.Length, time)); // (R, T, C)
        head.Add(hidden, rows.SelectMany((row, r) =>
            row.Predictions((long)r * time).Select(prediction => (prediction.Place, prediction.Token, row.Score))));
    }

    private static TimeSpan Time(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start);
    }

    private static void Report(
        Settings settings,
        List<RowGroup> groups,
        ScoredContinuation[][] shared,
        RowScore[][] padded,
        TimeSpan sharedTime,
        TimeSpan paddedTime,
        int paddedTokens)
    {
        var difference = shared.SelectMany(scores => scores).Zip(padded.SelectMany(scores => scores))
            .Max(pair => Math.Abs(pair.First.LogProbability - pair.Second.Sum));
        var described = new Dictionary<string, object>
        {
            ["preset"] = settings.Preset,
            ["precision"] = settings.Precision.ToString().ToLowerInvariant(),
            ["items"] = groups.Count,
            ["rendering"] = settings.Harness ? "lm-evaluation-harness" : "build-nanogpt",
            ["tokens_a_pass"] = settings.Tokens,
            ["threads"] = ComputeDevice.Threads,
            ["plain_way"] = settings.SingleRows ? "rows one by one" : "four padded rows an item",
            ["padded_tokens"] = paddedTokens,
            ["row_tokens"] = groups.Sum(group => group.Rows.Sum(row => row.Tokens.Length - 1)),
            ["tokens_with_sharing"] = groups.Sum(group =>
                group.SharedLength + group.Rows.Sum(row => row.Tokens.Length - 1 - group.SharedLength)),
            ["ending_tokens"] = groups.Sum(group => group.Rows.Sum(row => row.Tokens.Length - row.ScoreFrom)),
            ["max_log_probability_difference"] = difference,
        };
        var sharedSpeed = groups.Count / sharedTime.TotalSeconds;
        var paddedSpeed = groups.Count / paddedTime.TotalSeconds;
        new Measurement("shared_items_per_second", sharedSpeed, "items/s", described).Print();
        new Measurement("padded_items_per_second", paddedSpeed, "items/s", described).Print();
        new Measurement("speed_up", paddedTime / sharedTime, "1", described).Print();
    }
}
