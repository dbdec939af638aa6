using Platform.Datasets;
using Platform.Datasets.Catalog;
using Platform.Datasets.Readers;
using Platform.Hub;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Datasets;

/// <summary>
/// Finds the files behind inputs: data sets of documents, uploads, the server's own files, the hub's.
/// </summary>
internal sealed class InputFiles(DataRoot root, PathPolicy paths, HubClient hub)
{
    /// <summary>The files of all inputs in order, where all of them are on this machine.</summary>
    /// <param name="inputs"><c>datasets/{id}</c>, <c>uploads/{id}</c>
    /// or <c>path:{absolute path or pattern}</c>.</param>
    /// <param name="field">The inputs' field, for errors.</param>
    /// <param name="kind">What files they are to be; null: texts.</param>
    /// <exception cref="InvalidArgumentException">An input is no such reference, is outside the configured folders, or
    /// holds no documents.</exception>
    /// <exception cref="NotFoundException">An input does not exist.</exception>
    /// <exception cref="FailedPreconditionException">A data set is not finished.</exception>
    /// <exception cref="DataLossException">A data set is damaged.</exception>
    public IReadOnlyList<SourceFile> Find(
        IReadOnlyList<string> inputs, string field = "spec.inputs", InputKind? kind = null) =>
        [.. inputs.SelectMany((input, index) => FindOne(input, $"{field}[{index}]", kind))];

    /// <summary>What can be said of inputs before anything is downloaded: the files that are here.</summary>
    /// <inheritdoc cref="Find"/>
    public IReadOnlyList<SourceFile> FindLocal(IReadOnlyList<string> inputs, string field, InputKind kind) =>
        [.. inputs.SelectMany((input, index) =>
            Remote(input, $"{field}[{index}]") is null ? FindOne(input, $"{field}[{index}]", kind) : [])];

    /// <summary>
    /// The files of all inputs in order; those of the hub are downloaded where they are not here yet.
    /// </summary>
    /// <param name="inputs">As for <see cref="Find"/>, and <c>hf:datasets/…</c> and
    /// <c>catalog:{name}</c>.</param>
    /// <param name="field">The inputs' field, for errors.</param>
    /// <param name="kind">What files they are to be.</param>
    /// <param name="report">Told of downloaded bytes, and of all where known.</param>
    /// <param name="cancellationToken">Ends the downloads.</param>
    public async Task<IReadOnlyList<SourceFile>> FetchAsync(
        IReadOnlyList<string> inputs, string field, InputKind kind, Action<long, long> report,
        CancellationToken cancellationToken)
    {
        var found = new List<SourceFile>();
        for (var i = 0; i < inputs.Count; i++)
        {
            var name = $"{field}[{i}]";
            if (Remote(inputs[i], name) is not { } sources)
            {
                found.AddRange(FindOne(inputs[i], name, kind));
                continue;
            }

            foreach (var source in sources)
                found.AddRange(await DownloadAsync(source, kind, report, cancellationToken));
        }

        return found;
    }

    private async Task<List<SourceFile>> DownloadAsync(
        CatalogSource source, InputKind kind, Action<long, long> report, CancellationToken cancellationToken)
    {
        var files = await source.FilesAsync(hub, cancellationToken);
        var total = files.Sum(file => file.SizeBytes ?? 0);
        var before = 0L;
        var found = new List<SourceFile>();
        foreach (var file in files)
        {
            if (!kind.Fits(file.Path))
                continue;
            var progress = new Reporting(value => report(
                before + value.DoneBytes, Math.Max(total, before + (value.TotalBytes ?? 0))));
            var path = await hub.GetAsync(file, progress, cancellationToken);
            var size = new FileInfo(path).Length;
            before += size;
            found.Add(new SourceFile(path, Path.GetFileName(file.Path), size));
        }

        return found.Count > 0
            ? found
            : throw new MalformedInputException(
                source.ToString(), 0, $"none of its files is {string.Join(' ', kind.Wanted)}");
    }

    /// <summary>The sources of an input that has to be downloaded; null for any other.</summary>
    private static IReadOnlyList<CatalogSource>? Remote(string input, string field)
    {
        if (input.StartsWith(HubRepository.Prefix, StringComparison.Ordinal))
        {
            return CatalogSource.TryParse(input) is { } source
                ? [source]
                : throw new InvalidArgumentException(
                    field, $"'{input}' is not of the form hf:datasets/{{owner}}/{{name}}/{{path or pattern}}.");
        }

        if (!input.StartsWith(KnownDataset.Prefix, StringComparison.Ordinal))
            return null;
        var name = input[KnownDataset.Prefix.Length..];
        var validates = name.EndsWith(KnownDataset.ValidationSuffix, StringComparison.Ordinal);
        var known = KnownDatasets.Find(validates ? name[..^KnownDataset.ValidationSuffix.Length] : name)
            ?? throw new InvalidArgumentException(
                field,
                $"The catalog has no '{name}'; it has {string.Join(", ", KnownDatasets.All.Select(k => k.Name))}.");
        var sources = validates ? known.ValidationSources : known.Sources;
        return sources.Count > 0
            ? sources
            : throw new InvalidArgumentException(field, $"{known.Name} has no validation files.");
    }

    /// <summary>The files of one input in order; errors as of <see cref="Find"/>.</summary>
    public IReadOnlyList<SourceFile> FindOne(string input, string field, InputKind? kind = null)
    {
        kind ??= InputKind.Texts;
        try
        {
            if (input.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
                return OfPath(input, field, kind);
            if (ResourceName.TryParse(input, "uploads") is { } upload)
                return OfUpload(upload, kind);
            if (kind == InputKind.Texts && ResourceName.TryParse(input, "datasets") is { } dataset)
                return OfDataset(dataset, field);
        }
        catch (MalformedInputException e)
        {
            throw new InvalidArgumentException(field, e.Message);
        }

        if (Remote(input, field) is not null)
        {
            throw new InvalidArgumentException(
                field, $"'{input}' has to be downloaded; make a data set of documents of it first.");
        }

        throw new InvalidArgumentException(
            field,
            $"'{input}' is none of datasets/{{id}}, uploads/{{id}}, path:{{absolute path}}, hf:datasets/… and"
            + " catalog:{name}.");
    }

    private IReadOnlyList<SourceFile> OfPath(string input, string field, InputKind kind)
    {
        var pattern = PathPattern.IsPattern(input) && !File.Exists(input[PathPolicy.Prefix.Length..])
            ? new PathPattern(input[PathPolicy.Prefix.Length..])
            : null;
        // Of a pattern, the folders before the first wildcard decide whether it may be named.
        var real = paths.Resolve(pattern is null ? input : PathPolicy.Prefix + pattern.FixedFolder, field);
        var files = kind.Find(pattern is null
            ? real
            : real + input[(PathPolicy.Prefix.Length + pattern.FixedFolder.Length)..]);
        // A link inside an allowed folder may lead out of it.
        foreach (var file in files)
            paths.Resolve(PathPolicy.Prefix + file.Path, field);
        return files;
    }

    private IReadOnlyList<SourceFile> OfUpload(ResourceName name, InputKind kind)
    {
        var folder = root.FolderOf(name);
        if (!Directory.Exists(folder))
            throw new NotFoundException($"There is no {name}.");
        return [.. Directory.EnumerateFiles(folder)
            .Where(path => Path.GetFileName(path) != UploadManifest.Name)
            .SelectMany(kind.Find)];
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

    // Not Progress<T>, which would hand reports to other threads, out of order.
    private sealed class Reporting(Action<HubProgress> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => report(value);
    }
}
