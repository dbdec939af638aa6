using Platform.Hub;
using Platform.TokenizerHost.Datasets;
using Platform.TokenizerHost.Jobs;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Finds the files of a tokenizer that is to be imported: uploads, the server's own files, a hub's.</summary>
internal sealed class ImportFiles(DataRoot root, PathPolicy paths, HubClient hub)
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

    /// <summary>The files and folders of all inputs in order; those of a hub are downloaded.</summary>
    /// <exception cref="PlatformException">An input is none, does not exist or cannot be had.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(
        IReadOnlyList<string> inputs, JobContext context, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        for (var i = 0; i < inputs.Count; i++)
        {
            if (HubRepository.TryParseModel(inputs[i]) is { } repository)
                found.Add(await hub.GetTokenizerAsync(repository, new Download(context), cancellationToken));
            else
                found.AddRange(Find(inputs[i], $"{Field}[{i}]"));
        }

        return found;
    }

    private string[] Find(string input, string field)
    {
        if (input.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
            return OfPath(input, field);
        if (HubRepository.TryParseModel(input) is not null)
            return [];
        if (ResourceName.TryParse(input, "uploads") is not { } upload)
        {
            throw new InvalidArgumentException(
                field, $"'{input}' is none of uploads/{{id}}, path:{{absolute path}} and hf:{{repository}}.");
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

    private sealed class Download(JobContext context) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) =>
            context.Report(value.DoneBytes, value.TotalBytes ?? 0, "bytes", $"downloading {value.File.Path}");
    }
}
