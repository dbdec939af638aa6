using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Platform.Contracts.Eval.V1;
using Platform.Models;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>
/// <c>evaluation.json</c>: what was asked, with the model and the items as they were found then. Written once, by the
/// service.
/// </summary>
/// <param name="Id">The folder's name.</param>
/// <param name="DisplayName">For people; may be empty.</param>
/// <param name="RequestId">Of the call that asked for it; may be empty.</param>
/// <param name="CreateTime">When it was asked for.</param>
/// <param name="Spec">What was asked.</param>
/// <param name="Model">The model that the spec named then.</param>
/// <param name="ItemsPath">Absolute path of the items.</param>
/// <param name="Grading">What was found out about the task and what it is graded with.</param>
internal sealed record EvaluationFile(
    string Id,
    string DisplayName,
    string RequestId,
    DateTimeOffset CreateTime,
    EvaluationSpec Spec,
    ResolvedModel Model,
    string ItemsPath,
    GradingFacts Grading)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "evaluation.json";

    private const int NewestFormat = 1;

    private static readonly JsonFormatter s_formatter =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Writes it into a folder.</summary>
    public void Write(string folder)
    {
        var json = new JsonObject
        {
            ["format_version"] = NewestFormat,
            ["id"] = Id,
            ["display_name"] = DisplayName,
            ["request_id"] = RequestId,
            ["create_time"] = EvaluationEvents.Format(CreateTime),
            ["spec"] = JsonNode.Parse(s_formatter.Format(Spec)),
            ["model"] = JsonSerializer.SerializeToNode(Model, WorkspaceJson.Indented),
            ["items_path"] = ItemsPath,
            ["grading"] = JsonSerializer.SerializeToNode(Grading, WorkspaceJson.Indented),
        };
        AtomicFile.WriteText(Path.Combine(folder, FileName), json.ToJsonString(WorkspaceJson.Indented) + "\n");
    }

    /// <summary>Reads it from a folder.</summary>
    /// <exception cref="DataLossException">It is missing or cannot be read.</exception>
    public static EvaluationFile Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.GetProperty("format_version").GetInt32() is var version and > NewestFormat)
                throw new DataLossException("NEWER_FORMAT",
                    $"'{path}' has format {version}; this program reads {NewestFormat}.");
            return new EvaluationFile(
                root.GetProperty("id").GetString()!,
                root.GetProperty("display_name").GetString()!,
                root.GetProperty("request_id").GetString()!,
                root.GetProperty("create_time").GetDateTimeOffset(),
                s_parser.Parse<EvaluationSpec>(root.GetProperty("spec").GetRawText()),
                root.GetProperty("model").Deserialize<ResolvedModel>(WorkspaceJson.Indented)!,
                root.GetProperty("items_path").GetString()!,
                root.TryGetProperty("grading", out var grading)
                    ? grading.Deserialize<GradingFacts>(WorkspaceJson.Indented)!
                    : GradingFacts.OfFirstFormat);
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new DataLossException("EVALUATION_DAMAGED", $"'{path}' cannot be read: {e.Message}", e);
        }
    }
}
