using System.Net;
using Platform.Workspaces.Errors;

namespace Platform.Hub;

/// <summary>
/// Brings one file, over as many attempts as it takes; every attempt goes on where the last one ended.
/// </summary>
internal sealed class HubDownload(
    HubFile file,
    PartialFile partial,
    HubHttp http,
    HubOptions options,
    Func<TimeSpan, CancellationToken, Task> wait,
    IProgress<HubProgress>? progress)
{
    private const int BufferBytes = 1 << 17;

    private readonly Uri _address = file.AddressAt(options.Endpoint);
    private string? _sha256 = file.Sha256;
    private long? _size = file.SizeBytes;
    private long _furthest;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await TryCompleteAsync(cancellationToken))
            return;
        await DownloadAsync(cancellationToken);
        if (await TryCompleteAsync(cancellationToken))
            return;
        // What was gone on with may have been another version's beginning: once more, from the start.
        await DownloadAsync(cancellationToken);
        if (await TryCompleteAsync(cancellationToken))
            return;
        throw new DataLossException(
            "HUB_HASH_DIFFERS", $"{file} came twice with a SHA-256 other than {_sha256}, which is the known one.");
    }

    /// <summary>Gives the file its name where it is whole; begins it anew where it is whole and wrong.</summary>
    private async Task<bool> TryCompleteAsync(CancellationToken cancellationToken)
    {
        // Before the first answer nothing is known of its size, unless the caller does.
        if (_size is not { } size || partial.Length != size)
            return false;
        partial.Flush();
        if (_sha256 is not null && await partial.HashAsync(cancellationToken) != _sha256)
        {
            partial.Restart(null);
            return false;
        }

        partial.Complete();
        return true;
    }

    private async Task DownloadAsync(CancellationToken cancellationToken)
    {
        _furthest = 0;
        var retries = new Retries(options, wait, file.ToString(), _address, partial.Target);
        await retries.RunAsync(
            async () =>
            {
                await AttemptAsync(retries, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    private async Task AttemptAsync(Retries retries, CancellationToken cancellationToken)
    {
        using var answer = await http.GetAsync(_address, partial.Length, partial.Validator, cancellationToken);
        var response = answer.Response;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                partial.Restart(response.Headers.ETag?.ToString());
                break;
            case HttpStatusCode.PartialContent
                when response.Content.Headers.ContentRange is { From: { } from } && from == partial.Length:
                break;
            case HttpStatusCode.RequestedRangeNotSatisfiable
                when partial.Validator is not null && (_size ?? partial.Length) == partial.Length
                && response.Content.Headers.ContentRange?.Length == partial.Length:
                // All of it had come already, and only its name was missing.
                _size = partial.Length;
                return;
            case HttpStatusCode.RequestedRangeNotSatisfiable when partial.Length > 0:
            case HttpStatusCode.PartialContent when partial.Length > 0:
                // Longer than the file now is, or an answer to another question: from the start.
                partial.Restart(null);
                throw new TransferException("the part that was there does not fit the file any more");
            default:
                throw HubHttp.Refusal(response, file.ToString(), _address, options);
        }

        _sha256 ??= answer.Sha256;
        var total = response.Content.Headers.ContentRange?.Length
            ?? partial.Length + response.Content.Headers.ContentLength;
        _size = file.SizeBytes ?? answer.SizeBytes ?? total;
        await CopyAsync(response, retries, cancellationToken);
        // Without any size beforehand, the end of a well-formed answer is the file's.
        _size ??= partial.Length;
        if (partial.Length == _size)
            return;
        if (partial.Length > _size)
            partial.Restart(null);
        throw new TransferException($"{partial.Length} of {_size} bytes came");
    }

    private async Task CopyAsync(HttpResponseMessage response, Retries retries, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[BufferBytes];
        progress?.Report(new HubProgress(file, partial.Length, _size));
        while (await http.ReadAsync(stream, buffer, cancellationToken) is var read and > 0)
        {
            partial.Append(buffer.AsSpan(0, read));
            // Bytes that came before, in a part that had to be thrown away, are no progress: else a server whose file
            // never has the size that it tells would be asked for ever.
            if (partial.Length > _furthest)
            {
                _furthest = partial.Length;
                retries.Progressed();
            }

            progress?.Report(new HubProgress(file, partial.Length, _size));
        }
    }
}
