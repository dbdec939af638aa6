using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Platform.Workspaces.Errors;

namespace Platform.Hub;

/// <summary>Requests to the hub: redirects followed by hand, so that the token goes to the hub's host alone and the
/// hashes in the redirect's headers are seen; every wait has an end.</summary>
internal sealed class HubHttp : IDisposable
{
    private const int MaxRedirects = 10;
    private const int MaxPageBytes = 64 * 1024 * 1024;

    private readonly HubOptions _options;
    private readonly HttpClient _client;

    public HubHttp(HubOptions options)
    {
        _options = options;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = options.ConnectTimeout,
            UseCookies = false,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("slm-platform", "1.0"));
    }

    /// <summary>Asks for a file, from a byte on.</summary>
    /// <param name="address">Where to ask first.</param>
    /// <param name="from">The first byte wanted.</param>
    /// <param name="validator">The ETag that the rest must belong to.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="TransferException">No answer.</exception>
    public async Task<HubAnswer> GetAsync(
        Uri address, long from, string? validator, CancellationToken cancellationToken)
    {
        var hashes = new HubAnswer();
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            var response = await SendAsync(address, from, validator, cancellationToken);
            hashes.Note(response);
            if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
                return hashes.With(response);
            response.Dispose();
            var next = new Uri(address, location);
            if (next.Scheme != Uri.UriSchemeHttps && next.Scheme != address.Scheme)
                throw new TransferException($"{address.Host} redirects to {next.Scheme}, which is not safe");
            address = next;
        }

        throw new TransferException($"more than {MaxRedirects} redirects");
    }

    /// <summary>Reads some bytes of an answer.</summary>
    /// <exception cref="TransferException">The connection broke off or brings nothing.</exception>
    public async Task<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(_options.StallTimeout);
        try
        {
            return await stream.ReadAsync(buffer, stall.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransferException($"nothing came for {_options.StallTimeout.TotalSeconds:0.#} s", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new TransferException("the connection broke off", e);
        }
    }

    /// <summary>Reads a small answer whole.</summary>
    public async Task<byte[]> ReadAllAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var all = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (await ReadAsync(stream, buffer, cancellationToken) is var read and > 0)
        {
            all.Write(buffer, 0, read);
            if (all.Length > MaxPageBytes)
                throw new TransferException("the answer is too long");
        }

        return all.ToArray();
    }

    /// <summary>The error for an answer that is no file: one that ends the work, or one to try again after.</summary>
    public static Exception Refusal(HttpResponseMessage response, string what, Uri address, HubOptions options)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            404 or 410 => new NotFoundException(
                "HUB_FILE_NOT_FOUND", $"{what} does not exist: {address.AbsoluteUri} answers {status}."),
            401 or 403 => new FailedPreconditionException(
                "HUB_ACCESS_DENIED",
                $"Access to {what} is denied ({status} from {address.AbsoluteUri}): "
                + (options.Token is null
                    ? "it does not exist, or needs a token (HF_TOKEN)."
                    : "it does not exist, or the token (HF_TOKEN) may not read it; accept its terms on the hub.")),
            408 or 425 or 429 or >= 500 => new TransferException($"{address.Host} answers {status}")
            {
                RetryAfter = RetryAfter(response.Headers.RetryAfter),
            },
            _ => new UnavailableException("HUB_UNAVAILABLE", $"{what}: {address.AbsoluteUri} answers {status}."),
        };
    }

    public void Dispose() => _client.Dispose();

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var asked = header?.Delta ?? (header?.Date is { } date ? date - DateTimeOffset.UtcNow : null);
        return asked is { } time && time < TimeSpan.Zero ? TimeSpan.Zero : asked;
    }

    private async Task<HttpResponseMessage> SendAsync(
        Uri address, long from, string? validator, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (_options.Token is { } token && IsEndpoint(address))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);
        if (from > 0 && validator is not null && EntityTagHeaderValue.TryParse(validator, out var tag) && !tag.IsWeak)
            request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(_options.ConnectTimeout + _options.StallTimeout);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // The handler's own limit for connecting ends a request the same way.
            throw new TransferException($"{address.Host} does not answer", e)
            {
                Unreachable = !stall.IsCancellationRequested,
            };
        }
        catch (HttpRequestException e)
        {
            throw new TransferException($"{address.Host}: {e.GetBaseException().Message}", e)
            {
                Unreachable = e.HttpRequestError is HttpRequestError.NameResolutionError
                    || e.InnerException is SocketException { SocketErrorCode: not SocketError.ConnectionReset },
            };
        }
    }

    private bool IsEndpoint(Uri address) =>
        Uri.Compare(address, _options.Endpoint, UriComponents.SchemeAndServer, UriFormat.Unescaped,
            StringComparison.OrdinalIgnoreCase) == 0;
}
