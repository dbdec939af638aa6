using Platform.Datasets;
using Platform.Datasets.Readers;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Finds the files behind inputs: data sets of documents, uploads, the server's own files.</summary>
internal sealed class InputFiles(DataRoot root, PathPolicy paths)
{
    /// <summary>The files of all inputs in order.</summary>
    /// <param name="inputs"><c>datasets/{id}</c>, <c>uploads/{id}</c> or <c>path:{absolute path}</c>.</param>
    /// <param name="field">The inputs' field, for errors.</param>
    /// <exception cref="InvalidArgumentException">An input is no such reference, is outside the configured folders, or
    /// holds no documents.</exception>
    /// <exception cref="NotFoundException">An input does not exist.</exception>
    /// <exception cref="FailedPreconditionException">A data set is not finished.</exception>
    /// <exception cref="DataLossException">A data set is damaged.</exception>
    public IReadOnlyList<SourceFile> Find(IReadOnlyList<string> inputs, string field = "spec.inputs") =>
        [.. inputs.SelectMany((input, index) => FindOne(input, $"{field}[{index}]"))];

    /// <summary>The files of one input in order; errors as of <see cref="Find"/>.</summary>
    public IReadOnlyList<SourceFile> FindOne(string input, string field)
    {
        try
        {
            if (input.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
                return OfPath(input, field);
            if (ResourceName.TryParse(input, "uploads") is { } upload)
                return OfUpload(upload);
            if (ResourceName.TryParse(input, "datasets") is { } dataset)
                return OfDataset(dataset, field);
        }
        catch (MalformedInputException e)
        {
            throw new InvalidArgumentException(field, e.Message);
        }

        throw new InvalidArgumentException(
            field, $"'{input}' is none of datasets/{{id}}, uploads/{{id}} and path:{{absolute path}}.");
    }

    private IReadOnlyList<SourceFile> OfPath(string input, string field)
    {
        var files = SourceFile.Find(paths.Resolve(input, field));
        // A link inside an allowed folder may lead out of it.
        foreach (var file in files)
            paths.Resolve(PathPolicy.Prefix + file.Path, field);
        return files;
    }

    private IReadOnlyList<SourceFile> OfUpload(ResourceName name)
    {
        var folder = root.FolderOf(name);
        if (!Directory.Exists(folder))
            throw new NotFoundException($"There is no {name}.");
        return [.. Directory.EnumerateFiles(folder)
            .Where(path => Path.GetFileName(path) != UploadManifest.Name)
            .SelectMany(SourceFile.Find)];
    }

    private List<SourceFile> OfDataset(ResourceName name, string field)
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
                : throw new InvalidArgumentException(field, $"{name} holds {dataset.Manifest.Kind}, no documents.");
        }
        catch (DamagedDatasetException e)
        {
            throw new DataLossException("DATA_LOSS", e.Message, e);
        }
    }
}
