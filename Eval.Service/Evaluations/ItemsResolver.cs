using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>Finds the file of items that a reference means.</summary>
internal sealed class ItemsResolver(DataRoot root, PathPolicy paths)
{
    private const string Field = "spec.items";
    private const string DatasetItems = "items.jsonl";
    private const string Manifest = "manifest.json";

    /// <summary><c>datasets/{dataset}</c>, <c>uploads/{upload}</c> or <c>path:{file}</c>; an absolute path.</summary>
    /// <exception cref="InvalidArgumentException">No such form, no items in it, or a forbidden path.</exception>
    /// <exception cref="NotFoundException">It does not exist.</exception>
    public string Resolve(string reference)
    {
        if (reference.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
        {
            var path = paths.Resolve(reference, Field);
            return File.Exists(path) ? path : throw new InvalidArgumentException(Field, $"'{path}' is a folder.");
        }

        if (ResourceName.TryParse(reference, "datasets") is { } dataset)
        {
            var file = Path.Combine(FolderOf(dataset), DatasetItems);
            return File.Exists(file)
                ? file
                : throw new InvalidArgumentException(Field, $"'{reference}' is no data set of kind ITEMS.");
        }

        if (ResourceName.TryParse(reference, "uploads") is { } upload)
        {
            return Directory.GetFiles(FolderOf(upload)).FirstOrDefault(path => Path.GetFileName(path) != Manifest)
                ?? throw new NotFoundException("UPLOAD_EMPTY", $"'{reference}' holds no file.");
        }

        throw new InvalidArgumentException(
            Field, $"'{reference}' is no reference to items: datasets/<id>, uploads/<id> or path:<file>.");
    }

    private string FolderOf(ResourceName name)
    {
        var folder = root.FolderOf(name);
        return Directory.Exists(folder) ? folder : throw new NotFoundException($"There is no '{name}'.");
    }
}
