using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.TrainerHost.Runs;

/// <summary>What a run's weights start from: the <c>base</c> of run.json.</summary>
/// <param name="Kind"><c>new</c>, <c>checkpoint</c> or <c>hugging_face</c>.</param>
/// <param name="Folder">Absolute path of its files; null for new weights.</param>
/// <param name="Name">The reference, with its step: <c>runs/x@500</c>; null for new weights.</param>
internal sealed record RunBase(string Kind, string? Folder = null, string? Name = null)
{
    /// <summary>New weights.</summary>
    public static RunBase New { get; } = new("new");

    /// <summary>The id of the run that the base is a checkpoint of; null where it is none.</summary>
    public string? RunId => Name is { } name && Platform.Workspaces.ResourceName.TryParse(name, "runs") is { } run
        ? run.Id
        : null;

    public static RunBase FromJson(JsonElement json) => new(
        json.GetProperty("kind").GetString() ?? "new",
        json.TryGetProperty("folder", out var folder) ? folder.GetString() : null,
        json.TryGetProperty("name", out var name) ? name.GetString() : null);

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["kind"] = Kind };
        if (Folder is not null)
            json["folder"] = Folder;
        if (Name is not null)
            json["name"] = Name;
        return json;
    }
}
