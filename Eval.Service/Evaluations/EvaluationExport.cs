using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Contracts.Eval.V1;
using Platform.Evals;
using Platform.Workspaces;

namespace Platform.EvalHost.Evaluations;

/// <summary>An evaluation's files in lm-evaluation-harness's form, piece by piece.</summary>
internal static class EvaluationExport
{
    private const int PieceBytes = 256 * 1024;

    /// <summary>The file's name and its pieces.</summary>
    public static (string Name, IEnumerable<ReadOnlyMemory<byte>> Pieces) Of(
        EvaluationEntry entry, Evaluation evaluation, ExportPart part) => part == ExportPart.Results
        ? ($"results_{entry.File.Id}.json", [Results(entry, evaluation)])
        : ($"samples_{entry.File.Grading.Task}_{entry.File.Id}.jsonl", Samples(entry));

    private static ReadOnlyMemory<byte> Results(EvaluationEntry entry, Evaluation evaluation)
    {
        var spec = entry.File.Spec;
        var config = new JsonObject
        {
            ["model"] = "platform",
            ["model_args"] = $"model={evaluation.ResolvedModel}",
            ["model_sha256"] = evaluation.ModelSha256,
            ["limit"] = spec.Limit > 0 ? spec.Limit : null,
            ["fewshot_seed"] = spec.Shots > 0 ? spec.ShotSeed : null,
            ["device"] = spec.Device,
            ["precision"] = spec.Precision,
            ["truncated"] = evaluation.TruncatedCount,
            ["skipped"] = evaluation.SkippedCount,
        };
        var results = HarnessExport.Results(
            entry.File.Grading.Task,
            entry.File.Grading.TaskVersion,
            spec.Shots,
            [.. evaluation.Metrics.Select(m => new MetricValue(m.Name, m.Value, m.StandardError, m.Count))],
            (evaluation.ExampleCount + evaluation.SkippedCount, evaluation.ExampleCount),
            config);
        results["date"] = entry.File.CreateTime.ToUnixTimeSeconds();
        results["evaluation"] = entry.Name;
        return Encoding.UTF8.GetBytes(results.ToJsonString(WorkspaceJson.Indented) + "\n");
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Samples(EvaluationEntry entry)
    {
        var piece = new MemoryStream();
        foreach (var item in entry.Items())
        {
            JsonSerializer.Serialize(piece, HarnessExport.Sample(item), WorkspaceJson.Line);
            piece.WriteByte((byte)'\n');
            if (piece.Length < PieceBytes)
                continue;
            yield return piece.ToArray();
            piece.SetLength(0);
        }

        if (piece.Length > 0)
            yield return piece.ToArray();
    }
}
