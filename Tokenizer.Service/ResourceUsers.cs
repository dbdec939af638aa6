using System.Text.Json;
using Platform.Workspaces;

namespace Platform.TokenizerHost;

/// <summary>Finds what uses a tokenizer or a data set, in the files of everything that can name one.</summary>
internal sealed class ResourceUsers(DataRoot root)
{
    // What a resource was asked to be, and what a data set became.
    private static readonly (string Collection, string[] Files)[] s_places =
    [
        ("runs", ["run.json"]),
        ("sweeps", ["sweep.json"]),
        ("evaluations", ["evaluation.json"]),
        ("datasets", ["manifest.json", "job.json"]),
        ("tokenizers", ["job.json"]),
    ];

    /// <summary>The first resource whose file names another one, as <c>runs/{id}</c>; null where there is
    /// none.</summary>
    /// <param name="name"><c>tokenizers/{id}</c> or <c>datasets/{id}</c>.</param>
    public string? FindFirst(string name)
    {
        foreach (var (collection, files) in s_places)
        {
            foreach (var id in root.Ids(collection))
            {
                var user = $"{collection}/{id}";
                if (user != name && files.Any(file => Names(Path.Combine(root.FolderOf(collection), id, file), name)))
                    return user;
            }
        }

        return null;
    }

    private static bool Names(string path, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && !MadeNothing(document.RootElement)
                && Names(document.RootElement, name);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // A resource without a readable file uses nothing any more.
            return false;
        }
    }

    /// <summary>A job that failed or was cancelled needs its sources no more.</summary>
    private static bool MadeNothing(JsonElement file) =>
        file.TryGetProperty("state", out var state)
        && state.ValueKind == JsonValueKind.String
        && (state.ValueEquals("FAILED") || state.ValueEquals("CANCELLED"));

    private static bool Names(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.String => element.ValueEquals(name),
        JsonValueKind.Object => element.EnumerateObject().Any(property => Names(property.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().Any(item => Names(item, name)),
        _ => false,
    };
}
