using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Workspaces;

namespace Platform.TrainerHost.Runs;

/// <summary>
/// What a run's weights start from: the <c>base</c> of run.json, and the whole of a LoRA checkpoint's base.json.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Folder">Absolute path of its files; null for new weights.</param>
/// <param name="Name">The reference, with its step: <c>runs/x@500</c>; null for new weights.</param>
internal sealed record RunBase(RunBaseKind Kind, string? Folder = null, string? Name = null)
{
    /// <summary>New weights.</summary>
    public static RunBase New { get; } = new(RunBaseKind.New);

    /// <summary>The id of the run that the base is a checkpoint of; null where it is none.</summary>
    public string? RunId => Name is { } name && ResourceName.TryParse(name, "runs") is { } run ? run.Id : null;

    /// <summary>Reads the JSON form.</summary>
    /// <exception cref="FormatException">The kind is not known, or the folder is missing.</exception>
    public static RunBase FromJson(JsonElement json)
    {
        var kind = json.GetProperty("kind").GetString() switch
        {
            "new" => RunBaseKind.New,
            "checkpoint" => RunBaseKind.Checkpoint,
            "hugging_face" => RunBaseKind.HuggingFace,
            var other => throw new FormatException($"base.kind '{other}' is not known."),
        };
        var folder = json.TryGetProperty("folder", out var path) ? path.GetString() : null;
        if (kind != RunBaseKind.New && string.IsNullOrEmpty(folder))
            throw new FormatException("base.folder is missing.");
        return new RunBase(kind, folder, json.TryGetProperty("name", out var name) ? name.GetString() : null);
    }

    /// <summary>The JSON form.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["kind"] = Kind switch
            {
                RunBaseKind.Checkpoint => "checkpoint",
                RunBaseKind.HuggingFace => "hugging_face",
                _ => "new",
            },
        };
        if (Folder is not null)
            json["folder"] = Folder;
        if (Name is not null)
            json["name"] = Name;
        return json;
    }
}
