using Platform.Hub;

namespace Platform.Datasets.Catalog;

/// <summary>Files of a known data set: those of a repository that fit a pattern, or one at an address of its own.
/// </summary>
public sealed record CatalogSource
{
    private readonly HubRepository? _repository;
    private readonly string _pattern;
    private readonly HubFile? _file;

    private CatalogSource(HubRepository? repository, string pattern, HubFile? file) =>
        (_repository, _pattern, _file) = (repository, pattern, file);

    /// <summary>Files of a data set on the hub.</summary>
    public static CatalogSource Hub(
        string repository, string pattern, string revision = HubRepository.DefaultRevision) =>
        new(new HubRepository(HubKind.Datasets, repository, revision), pattern, null);

    /// <summary>A file somewhere else.</summary>
    public static CatalogSource Web(string address, string? sha256 = null) =>
        new(null, string.Empty, HubFile.OfAddress(new Uri(address)) with { Sha256 = sha256 });

    /// <summary>The files of a reference such as <c>hf:datasets/owner/name/data/*.parquet</c>; null where the text is
    /// none.</summary>
    public static CatalogSource? TryParse(string reference) =>
        HubRepository.TryParseDatasetFiles(reference) is { } files
            ? new CatalogSource(files.Repository, files.Pattern, null)
            : null;

    /// <summary>Finds the files' names; asks the hub where there is a pattern.</summary>
    public async Task<IReadOnlyList<HubFile>> FilesAsync(HubClient hub, CancellationToken cancellationToken) =>
        _file is not null ? [_file] : await hub.ListAsync(_repository!, _pattern, cancellationToken);

    /// <summary>As people know it.</summary>
    public override string ToString() => _file?.ToString() ?? $"{_repository}/{_pattern}";
}
