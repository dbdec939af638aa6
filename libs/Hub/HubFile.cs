namespace Platform.Hub;

/// <summary>A file that can be downloaded: one of a repository of the hub, or one at an address of its own.</summary>
public sealed record HubFile
{
    private HubFile(string cachePath, HubRepository? repository, string path, Uri? address)
    {
        CachePath = cachePath;
        Repository = repository;
        Path = path;
        Address = address;
    }

    /// <summary>Its repository; null for a file with an address of its own.</summary>
    public HubRepository? Repository { get; }

    /// <summary>Its path in the repository, or its file name.</summary>
    public string Path { get; }

    /// <summary>SHA-256, lower-case hex, where known beforehand.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Its size where known beforehand.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Where it lies below the cache's folder.</summary>
    internal string CachePath { get; }

    /// <summary>Its own address; null for a file of a repository.</summary>
    internal Uri? Address { get; }

    /// <summary>A file of a repository.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="path">With forward slashes; it must stay below the repository.</param>
    public static HubFile Of(HubRepository repository, string path) => HubRepository.IsSafePath(path)
        ? new HubFile(System.IO.Path.Combine(repository.CacheFolder, path), repository, path, null)
        : throw new ArgumentException($"'{path}' is no path inside a repository.", nameof(path));

    /// <summary>A file somewhere else on the web, kept under <c>web/{host}/{path}</c>.</summary>
    public static HubFile OfAddress(Uri address)
    {
        var path = Uri.UnescapeDataString(address.AbsolutePath).TrimStart('/');
        return HubRepository.IsSafePath(path)
            ? new HubFile(System.IO.Path.Combine("web", address.Host, path), null, path.Split('/')[^1], address)
            : throw new ArgumentException($"'{address}' names no file.", nameof(address));
    }

    /// <summary>The address to ask, given the hub's.</summary>
    internal Uri AddressAt(Uri endpoint) => Address ?? new Uri(
        endpoint,
        $"{Repository!.BasePath}/resolve/{Uri.EscapeDataString(Repository.Revision)}/"
        + string.Join('/', Path.Split('/').Select(Uri.EscapeDataString)));

    /// <summary>As people know it.</summary>
    public override string ToString() => Repository is null ? Address!.ToString() : $"{Repository}/{Path}";
}
