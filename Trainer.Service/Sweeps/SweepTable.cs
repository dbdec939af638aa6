using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces;

namespace Platform.TrainerHost.Sweeps;

/// <summary>The table of a sweep's trials, as CSV, JSON or Markdown.</summary>
internal static class SweepTable
{
    /// <summary>The file for a format: its text, media type and name.</summary>
    public static ExportSweepResponse Write(Sweep sweep, TableFormat format)
    {
        var columns = Columns(sweep);
        var id = sweep.Name["sweeps/".Length..];
        return format switch
        {
            TableFormat.Json => File(Json(sweep, columns), "application/json", $"{id}.json"),
            TableFormat.Markdown => File(Markdown(sweep, columns), "text/markdown", $"{id}.md"),
            _ => File(Csv(sweep, columns), "text/csv", $"{id}.csv"),
        };
    }

    /// <summary>A trial's settings in one line: <c>lora.rank=4 lora.alpha=16</c>.</summary>
    public static string Describe(Struct settings) => string.Join(
        ' ',
        settings.Fields.OrderBy(field => field.Key, StringComparer.Ordinal)
            .Select(field => $"{field.Key}={Text(field.Value)}"));

    /// <summary>A setting's value as text.</summary>
    public static string Text(Value value) => Text(ToJson(value));

    private static ExportSweepResponse File(string content, string mediaType, string name) =>
        new() { Content = content, MediaType = mediaType, FileName = name };

    private static List<(string Name, Func<Trial, JsonNode?> Value)> Columns(Sweep sweep) =>
    [
        ("trial", trial => trial.Number),
        ("dataset", trial => trial.Dataset),
        .. sweep.Spec.Axes.Select(axis =>
            (axis.Setting, (Func<Trial, JsonNode?>)(trial => ToJson(trial.Settings.Fields[axis.Setting])))),
        .. Scale(sweep),
        .. sweep.Spec.Repeats > 1 ? [("repeat", (Func<Trial, JsonNode?>)(trial => trial.Repeat))] : NoColumns,
        ("state", trial => trial.Pruned ? "PRUNED" : trial.State.ToString().ToUpperInvariant()),
        ("objective", trial => trial.HasObjective ? Number(trial.Objective) : null),
        ("final_loss", trial => trial.HasFinalLoss ? Number(trial.FinalLoss) : null),
        ("validation_loss", trial => trial.HasValidationLoss ? Number(trial.ValidationLoss) : null),
        ("initial_validation_loss",
            trial => trial.HasInitialValidationLoss ? Number(trial.InitialValidationLoss) : null),
        ("trainable_parameter_count", trial => trial.TrainableParameterCount),
        ("duration_seconds", trial => trial.HasDurationSeconds ? Number(trial.DurationSeconds) : null),
        ("retries", trial => trial.Retries),
        ("run", trial => trial.Run),
        ("error", trial => trial.Error?.Message),
    ];

    private static (string Name, Func<Trial, JsonNode?> Value)[] NoColumns => [];

    // alpha / rank, where either differs: what the update is scaled by.
    private static IEnumerable<(string Name, Func<Trial, JsonNode?> Value)> Scale(Sweep sweep)
    {
        var lora = sweep.Spec.Base?.Lora;
        if (lora is null || !sweep.Spec.Axes.Any(axis => axis.Setting is "lora.rank" or "lora.alpha"))
            yield break;
        yield return ("alpha/rank", trial =>
            Setting(trial, "lora.alpha", lora.HasAlpha ? lora.Alpha : 16)
            / Setting(trial, "lora.rank", lora.HasRank ? lora.Rank : 8));

        static double Setting(Trial trial, string name, double otherwise) =>
            trial.Settings.Fields.TryGetValue(name, out var value) ? value.NumberValue : otherwise;
    }

    private static string Csv(Sweep sweep, List<(string Name, Func<Trial, JsonNode?> Value)> columns)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', columns.Select(column => Quote(column.Name))).Append("\r\n");
        foreach (var trial in sweep.Trials)
            text.AppendJoin(',', columns.Select(column => Quote(Text(column.Value(trial))))).Append("\r\n");
        return text.ToString();
    }

    private static string Json(Sweep sweep, List<(string Name, Func<Trial, JsonNode?> Value)> columns)
    {
        var rows = sweep.Trials.Select(trial => (JsonNode)new JsonObject(
            columns.Select(column => KeyValuePair.Create(column.Name, column.Value(trial)))));
        return new JsonArray([.. rows]).ToJsonString(WorkspaceJson.Indented) + "\n";
    }

    private static string Markdown(Sweep sweep, List<(string Name, Func<Trial, JsonNode?> Value)> columns)
    {
        var text = new StringBuilder();
        Row(columns.Select(column => column.Name));
        Row(columns.Select(_ => "---"));
        foreach (var trial in sweep.Trials)
            Row(columns.Select(column => Text(column.Value(trial))));
        return text.ToString();

        void Row(IEnumerable<string> cells) => text
            .Append("| ")
            .AppendJoin(
                " | ",
                cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ")))
            .Append(" |\n");
    }

    // RFC 4180.
    private static string Quote(string cell) => cell.AsSpan().IndexOfAny("\",\r\n") >= 0
        ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : cell;

    // JSON has no word for what is not finite.
    private static JsonNode? Number(double value) =>
        double.IsFinite(value) ? value : value.ToString(CultureInfo.InvariantCulture);

    private static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(),
    };

    private static JsonNode? ToJson(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.NumberValue => Number(value.NumberValue),
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.BoolValue => value.BoolValue,
        Value.KindOneofCase.ListValue => new JsonArray([.. value.ListValue.Values.Select(ToJson)]),
        _ => null,
    };
}
