using System.Net;
using System.Text.Json;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.Hub;

/// <summary>
/// Downloads files from the Hugging Face hub, and from other addresses, into a folder of its own. A download that broke
/// off is gone on with; a file has its name only when it is whole. Safe for use by many threads and processes at once.
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int ListPages = 100;

    private readonly HubOptions _options;
    private readonly HubHttp _http;
    private readonly Func<TimeSpan, CancellationToken, Task> _wait;

    /// <summary>Connects to nothing until a file is wanted.</summary>
    public HubClient(HubOptions options)
        : this(options, Task.Delay)
    {
    }

    internal HubClient(HubOptions options, Func<TimeSpan, CancellationToken, Task> wait)
    {
        _options = options;
        _http = new HubHttp(options);
        _wait = wait;
    }

    /// <summary>Where a file lies, or is to be put by hand.</summary>
    public string PathOf(HubFile file) => Path.Combine(_options.CacheFolder, file.CachePath);

    /// <summary>The path of a file, which is downloaded where it is not there yet.</summary>
    /// <param name="file">The file.</param>
    /// <param name="progress">Told of bytes as they come.</param>
    /// <param name="cancellationToken">Ends the download; what has come is kept and gone on with the next time.</param>
    /// <exception cref="NotFoundException">The hub has no such file.</exception>
    /// <exception cref="FailedPreconditionException">Access is denied, or downloads are switched off.</exception>
    /// <exception cref="UnavailableException">The hub cannot be reached, or breaks off again and again.</exception>
    /// <exception cref="DataLossException">What comes, or what was put there by hand, has another hash.</exception>
    /// <exception cref="ResourceExhaustedException">The disk is full.</exception>
    public async Task<string> GetAsync(
        HubFile file, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var path = PathOf(file);
            if (await KnownHash.IsHereAsync(file, path, cancellationToken))
                return path;
            ThrowIfOffline(file.ToString(), file.AddressAt(_options.Endpoint), path);
            await DownloadAsync(file, path, progress, cancellationToken);
            return path;
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            // What has come is kept: with more room the next call goes on behind it.
            throw DiskFull.Error(_options.CacheFolder, e);
        }
    }

    /// <summary>The path of a file, or null where the hub has none of that name.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<string?> TryGetAsync(
        HubFile file, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await GetAsync(file, progress, cancellationToken);
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    /// <summary>The files of a repository whose paths fit a pattern, by name; from the cache where downloads are
    /// switched off.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="pattern">A path, with <c>*</c> and <c>?</c> within a name and <c>**</c> over folders.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="NotFoundException">Nothing fits, or there is no such repository.</exception>
    public async Task<IReadOnlyList<HubFile>> ListAsync(
        HubRepository repository, string pattern, CancellationToken cancellationToken = default)
    {
        if (!PathPattern.IsPattern(pattern))
            return [HubFile.Of(repository, pattern)];
        var fits = new PathPattern(pattern);
        var address = new Uri(
            _options.Endpoint,
            $"api/{(repository.Kind == HubKind.Datasets ? "datasets" : "models")}/{repository.Id}/tree/"
            + $"{Uri.EscapeDataString(repository.Revision)}{Below(fits.FixedFolder)}?recursive=true");
        var files = _options.Offline ? Cached(repository) : await ListAllAsync(repository, address, cancellationToken);
        var found = files.Where(file => fits.IsMatch(file.Path))
            .OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        if (found.Count > 0)
            return found;
        ThrowIfOffline($"{repository}/{pattern}", address, Path.Combine(_options.CacheFolder, repository.CacheFolder));
        throw new NotFoundException("HUB_FILE_NOT_FOUND", $"{repository} has no file that fits '{pattern}'.");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task DownloadAsync(
        HubFile file, string path, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        using var partial = await PartialFile.OpenAsync(path, cancellationToken);
        // Another process may have brought it while this one waited for its turn.
        if (await KnownHash.IsHereAsync(file, path, cancellationToken))
        {
            partial.Delete();
            return;
        }

        await new HubDownload(file, partial, _http, _options, _wait, progress).RunAsync(cancellationToken);
        // It was hashed as it came: not again at the next call.
        KnownHash.Note(file, path);
    }

    private static string Below(string folder) =>
        folder.Length == 0 ? string.Empty : "/" + string.Join('/', folder.Split('/').Select(Uri.EscapeDataString));

    private IEnumerable<HubFile> Cached(HubRepository repository)
    {
        var folder = new DirectoryInfo(Path.Combine(_options.CacheFolder, repository.CacheFolder));
        return !folder.Exists
            ? []
            : folder.EnumerateFiles("*", SearchOption.AllDirectories)
                .Where(file => !file.Name.StartsWith('.'))
                .Select(file => HubFile.Of(repository, Path.GetRelativePath(folder.FullName, file.FullName)));
    }

    private async Task<List<HubFile>> ListAllAsync(
        HubRepository repository, Uri? page, CancellationToken cancellationToken)
    {
        var files = new List<HubFile>();
        for (var count = 0; page is not null; count++)
        {
            if (count == ListPages)
            {
                throw new UnavailableException(
                    "HUB_UNAVAILABLE", $"{repository} has more than {ListPages} pages of files; name a folder of it.");
            }

            var address = page;
            var tries = new Retries(_options, _wait, repository.ToString(), address, _options.CacheFolder);
            var (found, next) = await tries.RunAsync(
                () => ReadPageAsync(repository, address, cancellationToken), cancellationToken);
            files.AddRange(found);
            page = next;
        }

        return files;
    }

    private async Task<(IReadOnlyList<HubFile> Files, Uri? Next)> ReadPageAsync(
        HubRepository repository, Uri page, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(page, from: 0, validator: null, cancellationToken);
        var response = answer.Response;
        if (response.StatusCode != HttpStatusCode.OK)
            throw HubHttp.Refusal(response, repository.ToString(), page, _options);
        var bytes = await _http.ReadAllAsync(response, cancellationToken);
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return ([.. FilesOf(repository, json.RootElement)], NextPage(response));
        }
        catch (Exception e) when (
            e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException
                or FormatException)
        {
            throw new TransferException($"the answer is no list of files ({e.Message})", e);
        }
    }

    private static IEnumerable<HubFile> FilesOf(HubRepository repository, JsonElement page)
    {
        foreach (var entry in page.EnumerateArray())
        {
            if (entry.GetProperty("type").GetString() != "file")
                continue;
            var file = HubFile.Of(repository, entry.GetProperty("path").GetString()!);
            if (entry.TryGetProperty("size", out var size))
                file = file with { SizeBytes = size.GetInt64() };
            if (entry.TryGetProperty("lfs", out var lfs) && lfs.TryGetProperty("oid", out var oid))
                file = file with { Sha256 = oid.GetString() };
            yield return file;
        }
    }

    /// <summary>The <c>Link</c> header with <c>rel="next"</c>.</summary>
    private static Uri? NextPage(HttpResponseMessage response)
    {
        var link = response.Headers.TryGetValues("Link", out var values) ? string.Join(',', values) : string.Empty;
        var end = link.IndexOf(">; rel=\"next\"", StringComparison.Ordinal);
        var begin = end < 0 ? -1 : link.LastIndexOf('<', end);
        return begin < 0 ? null : new Uri(response.RequestMessage!.RequestUri!, link[(begin + 1)..end]);
    }

    private void ThrowIfOffline(string what, Uri address, string path)
    {
        if (_options.Offline)
        {
            throw new FailedPreconditionException(
                "HUB_OFFLINE",
                $"{what} is not on this machine and downloads are switched off (HF_HUB_OFFLINE). Download {address}"
                + $" elsewhere and put it at {path}.");
        }
    }
}
