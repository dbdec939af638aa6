using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces;

namespace Platform.Benchmarks;

/// <summary><c>metrics</c>: the down-sampled curves of a long run, read from its files for the first time and
/// again.</summary>
internal static class MetricsBenchmark
{
    private const string Id = "long";
    private static readonly string[] s_series =
        ["train_loss", "learning_rate", "gradient_norm", "step_seconds", "tokens_per_second"];

    public static Command Create()
    {
        var points = Flags.Number("--points", 100_000, "metric points, five a step");
        var runs = Flags.Number("--runs", 5, "runs that are read, each for the first time and again");
        var command = new Command("metrics", "How long a run's down-sampled curves take over gRPC: milliseconds.")
        {
            points, runs,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (steps, count) = (parsed.GetValue(points) / s_series.Length, parsed.GetValue(runs));
            await using var trainer = await TrainerProcess.StartAsync(
                root =>
                {
                    for (var i = 0; i <= count; i++)
                        WriteRun(root, Invariant($"{Id}-{i}"), steps);
                },
                cancellationToken);
            var (first, again) = (new List<double>(), new List<double>());
            // The first run of all finds the code not yet compiled; it does not count.
            for (var i = 0; i <= count; i++)
            {
                var request = new GetMetricsRequest { Runs = { Invariant($"runs/{Id}-{i}") }, MaxBuckets = 800 };
                var times = new List<double>();
                for (var call = 0; call < 2; call++)
                {
                    var begin = Stopwatch.GetTimestamp();
                    var answer = await trainer.Runs.GetMetricsAsync(request, cancellationToken: cancellationToken);
                    times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                    if (answer.Curves.Count < s_series.Length)
                        throw new InvalidOperationException($"{answer.Curves.Count} curves came.");
                }

                if (i == 0)
                    continue;
                first.Add(times[0]);
                again.Add(times[1]);
            }

            var settings = new Dictionary<string, object> { ["points"] = parsed.GetValue(points), ["runs"] = count };
            new Measurement("first_look", Statistics.Median(first), "ms", settings).Print();
            new Measurement("next_look", Statistics.Median(again), "ms", settings).Print();
        });
        return command;
    }

    private static void WriteRun(DataRoot root, string id, int steps)
    {
        var folder = Path.Combine(root.Runs, id);
        Directory.CreateDirectory(folder);
        var spec = TrainerProcess.Spec("gpt2", Modeling.Precision.Fp32, batch: 4, sequence: 256, steps);
        var formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));
        AtomicFile.WriteText(Path.Combine(folder, "run.json"), new JsonObject
        {
            ["format_version"] = 1,
            ["id"] = id,
            ["create_time"] = "2026-01-02T03:04:05.678Z",
            ["spec"] = JsonNode.Parse(formatter.Format(spec)),
            ["base"] = new JsonObject { ["kind"] = "new" },
        }.ToJsonString());
        string[] events = ["created", "queued", "started", "finished"];
        File.WriteAllLines(Path.Combine(folder, "events.jsonl"), events.Select(type =>
            $$"""{"time":"2026-01-02T03:04:05.678Z","type":"{{type}}","message":"","attempt":1,"step":{{steps}}}"""));
        var random = new Random(1);
        File.WriteAllLines(Path.Combine(folder, "metrics.jsonl"), Enumerable.Range(1, steps).Select(step =>
        {
            var clock = Invariant($"{step / 3600 % 24:00}:{step / 60 % 60:00}:{step % 60:00}.123Z");
            var values = s_series.Select(name => Invariant($"\"{name}\":{random.NextDouble()}"));
            return Invariant(
                $$"""{"time":"2026-01-02T{{clock}}","attempt":1,"step":{{step}},"tokens":{{step * 1024L}},""")
                + string.Join(',', values) + "}";
        }));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
