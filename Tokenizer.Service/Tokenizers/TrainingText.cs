using Platform.Datasets;
using Platform.Datasets.Readers;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Finds the files behind a tokenizer's inputs: data sets of documents, uploads, the server's own files.
/// </summary>
internal sealed class TrainingText(DataRoot root, PathPolicy paths)
{
    /// <summary>Finds every input's files.</summary>
    /// <exception cref="InvalidArgumentException">An input is no such reference, or holds no documents.</exception>
    /// <exception cref="NotFoundException">An input does not exist.</exception>
    /// <exception cref="FailedPreconditionException">A data set is not finished.</exception>
    public TrainingTextSource Open(IReadOnlyList<string> inputs) =>
        new([.. inputs.SelectMany((input, index) => Files(input, $"spec.inputs[{index}]"))]);

    private IReadOnlyList<SourceFile> Files(string input, string field)
    {
        try
        {
            if (input.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
                return SourceFile.Find(paths.Resolve(input, field));
            if (ResourceName.TryParse(input, "uploads") is { } upload)
                return UploadedFiles(upload);
            if (ResourceName.TryParse(input, "datasets") is { } dataset)
                return DatasetFiles(dataset, field);
        }
        catch (MalformedInputException e)
        {
            throw new InvalidArgumentException(field, e.Message);
        }

        throw new InvalidArgumentException(
            field, $"'{input}' is none of datasets/{{id}}, uploads/{{id}} and path:{{absolute path}}.");
    }

    private IReadOnlyList<SourceFile> UploadedFiles(ResourceName name)
    {
        var folder = root.FolderOf(name);
        if (!Directory.Exists(folder))
            throw new NotFoundException($"There is no {name}.");
        return [.. Directory.EnumerateFiles(folder)
            .Where(path => Path.GetFileName(path) != DatasetManifest.FileName)
            .SelectMany(SourceFile.Find)];
    }

    private List<SourceFile> DatasetFiles(ResourceName name, string field)
    {
        var folder = root.FolderOf(name);
        if (!Directory.Exists(folder))
            throw new NotFoundException($"There is no {name}.");
        if (!DatasetFolder.IsComplete(folder))
            throw new FailedPreconditionException("DATASET_NOT_READY", $"{name} is not finished.");
        try
        {
            var dataset = DatasetFolder.Open(folder);
            return dataset.Manifest.Kind == DatasetKind.Documents
                ? [.. dataset.DocumentFiles().SelectMany(SourceFile.Find)]
                : throw new InvalidArgumentException(field, $"{name} holds no documents but {dataset.Manifest.Kind}.");
        }
        catch (DamagedDatasetException e)
        {
            throw new DataLossException("DATA_LOSS", e.Message, e);
        }
    }
}
