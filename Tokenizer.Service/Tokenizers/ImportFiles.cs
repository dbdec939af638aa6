using Platform.TokenizerHost.Datasets;
using Platform.TokenizerHost.Jobs;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Finds the files of a tokenizer that is to be imported: uploads, and the server's own files.</summary>
internal sealed class ImportFiles(DataRoot root, PathPolicy paths)
{
    private const string Field = "spec.import.inputs";

    /// <summary>Looks for inputs without reading them, so that the caller hears at once of one that is not there.
    /// </summary>
    /// <exception cref="PlatformException">An input is none or does not exist.</exception>
    public void Check(IReadOnlyList<string> inputs)
    {
        for (var i = 0; i < inputs.Count; i++)
            _ = Find(inputs[i], $"{Field}[{i}]");
    }

    /// <summary>The files and folders of all inputs in order.</summary>
    /// <exception cref="PlatformException">An input is none or does not exist.</exception>
    public Task<IReadOnlyList<string>> FindAsync(
        IReadOnlyList<string> inputs, JobContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<string> found = [.. inputs.SelectMany((input, index) => Find(input, $"{Field}[{index}]"))];
        return Task.FromResult(found);
    }

    private string[] Find(string input, string field)
    {
        if (input.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
            return OfPath(input, field);
        if (ResourceName.TryParse(input, "uploads") is not { } upload)
        {
            throw new InvalidArgumentException(
                field, $"'{input}' is neither uploads/{{id}} nor path:{{absolute path}}.");
        }

        var folder = root.FolderOf(upload);
        if (!Directory.Exists(folder))
            throw new NotFoundException($"There is no {upload}.");
        return [.. Directory.EnumerateFiles(folder).Where(path => Path.GetFileName(path) != UploadManifest.Name)];
    }

    private string[] OfPath(string input, string field)
    {
        var path = paths.Resolve(input, field);
        if (!Directory.Exists(path))
            return [path];
        var files = Directory.GetFiles(path);
        // A link inside an allowed folder may lead out of it.
        foreach (var file in files)
            paths.Resolve(PathPolicy.Prefix + file, field);
        return files;
    }
}
