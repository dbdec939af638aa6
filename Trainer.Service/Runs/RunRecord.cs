using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>What was asked for: <c>run.json</c>, written by the service only (docs/decisions/0001).</summary>
/// <param name="Id">The run's id and its folder's name.</param>
/// <param name="Spec">What to do, every default filled in.</param>
/// <param name="Base">What it starts from, resolved when the run was created.</param>
internal sealed record RunRecord(string Id, RunSpec Spec, RunBase Base)
{
    /// <summary>The file's name in the run's folder.</summary>
    public const string FileName = "run.json";

    private const int CurrentFormat = 1;
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    private static readonly JsonFormatter s_formatter =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public string DisplayName { get; init; } = "";

    public IReadOnlyList<string> Tags { get; init; } = [];

    public string RequestId { get; init; } = "";

    public DateTimeOffset CreateTime { get; init; }

    /// <summary><c>sweeps/{sweep}</c> for a trial; else empty.</summary>
    public string Sweep { get; init; } = "";

    /// <summary>Which runs it may train with in one process; null: it trains alone.</summary>
    public RunPack? Pack { get; init; }

    /// <summary>What it was estimated to take when it was asked for; null where nobody estimated it.</summary>
    public RunEstimate? Estimate { get; init; }

    /// <summary>The reference to this run.</summary>
    public string Name => $"runs/{Id}";

    /// <summary>Times as they stand in our files.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>A spec as it stands in our files: the proto's JSON with proto field names.</summary>
    public static JsonNode ToJson(IMessage spec) => JsonNode.Parse(s_formatter.Format(spec))!;

    /// <summary>A spec as <see cref="ToJson(IMessage)"/> wrote it.</summary>
    public static T FromJson<T>(JsonElement json)
        where T : IMessage, new() => s_parser.Parse<T>(json.GetRawText());

    /// <summary>Reads a run's file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such run.</exception>
    /// <exception cref="DataLossException">It is not what this program writes, or newer.</exception>
    public static RunRecord Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var bytes = File.ReadAllBytes(path);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            var version = root.GetProperty("format_version").GetInt32();
            if (version > CurrentFormat)
            {
                throw new DataLossException(
                    $"{path} has format version {version}; this program reads up to {CurrentFormat}. Update it.");
            }

            return new RunRecord(
                Path.GetFileName(folder),
                FromJson<RunSpec>(root.GetProperty("spec")),
                root.TryGetProperty("base", out var source) ? RunBase.FromJson(source) : RunBase.New)
            {
                DisplayName = Text(root, "display_name"),
                Tags = root.TryGetProperty("tags", out var tags)
                    ? [.. tags.EnumerateArray().Select(tag => tag.GetString() ?? "")]
                    : [],
                RequestId = Text(root, "request_id"),
                CreateTime = root.GetProperty("create_time").GetDateTimeOffset(),
                Sweep = Text(root, "sweep"),
                Pack = root.TryGetProperty("pack", out var pack)
                    ? new RunPack(Text(pack, "key"), pack.GetProperty("size").GetInt32())
                    : null,
                Estimate = root.TryGetProperty("estimate", out var estimate) ? FromJson<RunEstimate>(estimate) : null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException or InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new DataLossException("RUN_UNREADABLE", $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the file into the run's folder, whole or not at all.</summary>
    public void Write(string folder)
    {
        var json = new JsonObject
        {
            ["format_version"] = CurrentFormat,
            ["id"] = Id,
            ["display_name"] = DisplayName,
            ["tags"] = new JsonArray([.. Tags.Select(tag => (JsonNode)tag)]),
            ["request_id"] = RequestId,
            ["create_time"] = Format(CreateTime),
            ["sweep"] = Sweep,
            ["spec"] = ToJson(Spec),
            ["base"] = Base.ToJson(),
        };
        if (Pack is not null)
            json["pack"] = new JsonObject { ["key"] = Pack.Key, ["size"] = Pack.Size };
        if (Estimate is not null)
            json["estimate"] = ToJson(Estimate);
        AtomicFile.WriteText(Path.Combine(folder, FileName), json.ToJsonString(WorkspaceJson.Indented) + "\n");
    }

    private static string Text(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) ? value.GetString() ?? "" : "";
}
