using System.Text.Json;
using Platform.Workspaces;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Finds what uses a tokenizer, in the files of data sets and runs.</summary>
internal sealed class TokenizerUsers(DataRoot root)
{
    // What a resource was asked to be, and what a data set became.
    private static readonly (string Collection, string[] Files)[] s_places =
    [
        ("datasets", ["manifest.json", "job.json"]),
        ("runs", ["run.json"]),
        ("evaluations", ["evaluation.json"]),
    ];

    /// <summary>The first resource whose file names the tokenizer, as <c>datasets/{id}</c>; null where there is none.
    /// </summary>
    public string? FindFirst(string name)
    {
        foreach (var (collection, files) in s_places)
        {
            foreach (var id in root.Ids(collection))
            {
                if (files.Any(file => Names(Path.Combine(root.FolderOf(collection), id, file), name)))
                    return $"{collection}/{id}";
            }
        }

        return null;
    }

    private static bool Names(string path, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Names(document.RootElement, name);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // A resource without a readable file uses nothing any more.
            return false;
        }
    }

    private static bool Names(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.String => element.ValueEquals(name),
        JsonValueKind.Object => element.EnumerateObject().Any(property => Names(property.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().Any(item => Names(item, name)),
        _ => false,
    };
}
