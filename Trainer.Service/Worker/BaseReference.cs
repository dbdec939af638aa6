using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.TrainerHost.Worker;

/// <summary>The <c>base</c> of run.json, and the whole of a LoRA checkpoint's base.json.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Folder">Absolute path of its files; null for new weights.</param>
/// <param name="Name">The reference it came from, such as <c>runs/x@500</c>; for messages and PEFT's files.</param>
internal sealed record BaseReference(BaseKind Kind, string? Folder = null, string? Name = null)
{
    /// <summary>Reads the JSON form.</summary>
    /// <exception cref="FormatException">The kind is not known, or the folder is missing.</exception>
    public static BaseReference FromJson(JsonElement element)
    {
        var kind = element.GetProperty("kind").GetString() switch
        {
            "new" => BaseKind.New,
            "checkpoint" => BaseKind.Checkpoint,
            "hugging_face" => BaseKind.HuggingFace,
            var other => throw new FormatException($"base.kind '{other}' is not known."),
        };
        var folder = element.TryGetProperty("folder", out var path) ? path.GetString() : null;
        if (kind != BaseKind.New && string.IsNullOrEmpty(folder))
            throw new FormatException("base.folder is missing.");
        return new BaseReference(kind, folder, element.TryGetProperty("name", out var name) ? name.GetString() : null);
    }

    /// <summary>The JSON form.</summary>
    public JsonObject ToJson() => new()
    {
        ["kind"] = Kind switch
        {
            BaseKind.Checkpoint => "checkpoint",
            BaseKind.HuggingFace => "hugging_face",
            _ => "new",
        },
        ["folder"] = Folder,
        ["name"] = Name,
    };
}
