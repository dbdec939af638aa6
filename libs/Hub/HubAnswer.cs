using System.Globalization;

namespace Platform.Hub;

/// <summary>An answer, and what the redirects before it said of the file.</summary>
internal sealed class HubAnswer : IDisposable
{
    private HttpResponseMessage? _response;

    /// <summary>The last answer.</summary>
    public HttpResponseMessage Response => _response!;

    /// <summary>The file's SHA-256 where the hub says it: large files have it as their linked ETag.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>The file's size where the hub says it before the bytes come.</summary>
    public long? SizeBytes { get; private set; }

    public void Note(HttpResponseMessage response)
    {
        if (Header(response, "X-Linked-ETag")?.Trim('"') is { Length: 64 } hash && hash.All(char.IsAsciiHexDigit))
            Sha256 = hash.ToLowerInvariant();
        if (long.TryParse(Header(response, "X-Linked-Size"), CultureInfo.InvariantCulture, out var size))
            SizeBytes = size;
    }

    public HubAnswer With(HttpResponseMessage response)
    {
        _response = response;
        return this;
    }

    public void Dispose() => _response?.Dispose();

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
