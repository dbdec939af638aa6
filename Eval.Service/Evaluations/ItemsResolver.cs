using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>Finds the items that a reference means.</summary>
internal sealed class ItemsResolver(DataRoot root, PathPolicy paths)
{
    private const string DatasetItems = "items.jsonl";
    private const string Documents = "documents-*.jsonl";
    private const string Manifest = "manifest.json";

    /// <summary><c>datasets/{dataset}</c>, <c>uploads/{upload}</c> or <c>path:{file}</c>.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="field">The request's field, for errors.</param>
    /// <returns>Absolute path of the file; of a data set of documents, its folder.</returns>
    /// <exception cref="InvalidArgumentException">No such form, no items in it, or a forbidden path.</exception>
    /// <exception cref="NotFoundException">It does not exist.</exception>
    public string Resolve(string reference, string field)
    {
        if (reference.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
        {
            var path = paths.Resolve(reference, field);
            return File.Exists(path) ? path : throw new InvalidArgumentException(field, $"'{path}' is a folder.");
        }

        if (ResourceName.TryParse(reference, "datasets") is { } dataset)
        {
            var folder = FolderOf(dataset);
            var file = Path.Combine(folder, DatasetItems);
            if (File.Exists(file))
                return file;
            return Directory.EnumerateFiles(folder, Documents).Any()
                ? folder
                : throw new InvalidArgumentException(
                    field, $"'{reference}' is no data set of kind ITEMS or DOCUMENTS.");
        }

        if (ResourceName.TryParse(reference, "uploads") is { } upload)
        {
            return Directory.GetFiles(FolderOf(upload)).FirstOrDefault(path => Path.GetFileName(path) != Manifest)
                ?? throw new NotFoundException("UPLOAD_EMPTY", $"'{reference}' holds no file.");
        }

        throw new InvalidArgumentException(
            field, $"'{reference}' is no reference to items: datasets/<id>, uploads/<id> or path:<file>.");
    }

    private string FolderOf(ResourceName name)
    {
        var folder = root.FolderOf(name);
        return Directory.Exists(folder) ? folder : throw new NotFoundException($"There is no '{name}'.");
    }
}
