using Platform.Datasets.Catalog;
using Platform.Hub;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>Finds the items that a reference means.</summary>
internal sealed class ItemsResolver(DataRoot root, PathPolicy paths, HubClient hub)
{
    private const string DatasetItems = "items.jsonl";
    private const string Documents = "documents-*.jsonl";
    private const string Manifest = "manifest.json";

    /// <summary>
    /// <c>datasets/{dataset}</c>, <c>uploads/{upload}</c>, <c>path:{file}</c>; of the hub
    /// <c>hf:datasets/{owner}/{name}/{file}</c> and <c>catalog:{name}</c>, which are downloaded if need be.
    /// </summary>
    /// <param name="reference">The reference.</param>
    /// <param name="field">The request's field, for errors.</param>
    /// <param name="cancellationToken">Ends a download; what has come is gone on with the next time.</param>
    /// <returns>Absolute path of the file; of a data set of documents, its folder.</returns>
    /// <exception cref="InvalidArgumentException">No such form, no items in it, or a forbidden path.</exception>
    /// <exception cref="NotFoundException">It does not exist.</exception>
    public async Task<string> ResolveAsync(string reference, string field, CancellationToken cancellationToken) =>
        Remote(reference, field) is { } source
            ? await DownloadAsync(source, field, cancellationToken)
            : Local(reference, field);

    // Sets for evaluation lie on the hub in one file a split.
    private async Task<string> DownloadAsync(CatalogSource source, string field, CancellationToken cancellationToken)
    {
        var files = await source.FilesAsync(hub, cancellationToken);
        return files.Count == 1
            ? await hub.GetAsync(files[0], progress: null, cancellationToken)
            : throw new InvalidArgumentException(
                field,
                $"{files.Count} files fit {source}, {files[0].Path} and {files[1].Path} among them; name one.");
    }

    private static CatalogSource? Remote(string reference, string field)
    {
        if (reference.StartsWith(HubRepository.Prefix, StringComparison.Ordinal))
        {
            return CatalogSource.TryParse(reference) ?? throw new InvalidArgumentException(
                field, $"'{reference}' is not of the form hf:datasets/<owner>/<name>/<file or pattern>.");
        }

        if (!reference.StartsWith(KnownDataset.Prefix, StringComparison.Ordinal))
            return null;
        var name = reference[KnownDataset.Prefix.Length..];
        var known = KnownDatasets.Find(name) ?? throw new InvalidArgumentException(
            field, $"The catalog has no '{name}'; it has {string.Join(", ", KnownDatasets.All.Select(k => k.Name))}.");
        return known.Sources.Count == 1
            ? known.Sources[0]
            : throw new InvalidArgumentException(field, $"'{name}' has several sources; name one of its files.");
    }

    private string Local(string reference, string field)
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
            field, $"'{reference}' is no reference to items: datasets/<id>, uploads/<id>, path:<file>,"
            + " hf:datasets/<owner>/<name>/<file> or catalog:<name>.");
    }

    private string FolderOf(ResourceName name)
    {
        var folder = root.FolderOf(name);
        return Directory.Exists(folder) ? folder : throw new NotFoundException($"There is no '{name}'.");
    }
}
