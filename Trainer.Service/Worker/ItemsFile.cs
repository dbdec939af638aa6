using Platform.Workspaces;

namespace Platform.TrainerHost.Worker;

/// <summary>The file of items that a reference means; the service has checked the reference.</summary>
internal static class ItemsFile
{
    private const string DatasetItems = "items.jsonl";
    private const string Manifest = "manifest.json";

    /// <summary><c>datasets/{dataset}</c>, <c>uploads/{upload}</c> or <c>path:{file}</c>; an absolute path.</summary>
    /// <exception cref="TrainingException">No such form, or an upload without a file.</exception>
    public static string Resolve(DataRoot root, string reference)
    {
        if (reference.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
            return reference[PathPolicy.Prefix.Length..];
        if (ResourceName.TryParse(reference, "datasets") is { } dataset)
            return Path.Combine(root.FolderOf(dataset), DatasetItems);
        if (ResourceName.TryParse(reference, "uploads") is { } upload && Directory.Exists(root.FolderOf(upload))
            && Directory.GetFiles(root.FolderOf(upload)).FirstOrDefault(path => Path.GetFileName(path) != Manifest)
                is { } file)
            return file;
        throw new TrainingException(
            FailureReasons.InvalidRun,
            $"evaluation.hellaswag_items is '{reference}': no items there (datasets/<id>, uploads/<id>, path:<file>).");
    }
}
