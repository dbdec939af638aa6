using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Platform.Testing;

/// <summary>A web server on a port of its own that misbehaves as a test tells it to: it may break off, fall silent,
/// claim another length or send other bytes. One request a connection.</summary>
public sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<ScriptedRequest, ScriptedReply> _answer;
    private readonly ConcurrentQueue<ScriptedRequest> _requests = new();
    private readonly Task _serving;
    private int _count;

    /// <summary>Starts to listen.</summary>
    /// <param name="answer">What to answer.</param>
    public ScriptedServer(Func<ScriptedRequest, ScriptedReply> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _serving = ServeAsync();
    }

    /// <summary>Its address; ends in a slash.</summary>
    public Uri Address { get; }

    /// <summary>What it was asked so far, in order.</summary>
    public IReadOnlyList<ScriptedRequest> Requests => [.. _requests];

    /// <summary>A whole file, or its part where a range is asked for, as a hub's storage answers.</summary>
    public static ScriptedReply Serve(byte[] content, ScriptedRequest request, string etag = "\"v1\"")
    {
        var from = request.Header("if-range") is { } wanted && wanted != etag ? 0 : request.From;
        if (from == 0)
            return new ScriptedReply(200, content) { Headers = { ["ETag"] = etag } };
        if (from >= content.Length)
            return new ScriptedReply(416, []) { Headers = { ["Content-Range"] = $"bytes */{content.Length}" } };
        return new ScriptedReply(206, content[from..])
        {
            Headers = { ["ETag"] = etag, ["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}" },
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        try
        {
            _serving.GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // That is how it ends.
        }

        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = HandleAsync(client);
        }
    }

    private async Task HandleAsync(TcpClient client)
    {
        using var owned = client;
        try
        {
            await using var stream = client.GetStream();
            if (await ReadRequestAsync(stream) is not { } request)
                return;
            _requests.Enqueue(request);
            var reply = _answer(request);
            await stream.WriteAsync(Head(reply), _stop.Token);
            await stream.WriteAsync(reply.Body, _stop.Token);
            await stream.FlushAsync(_stop.Token);
            if (reply.Stalls)
                await Task.Delay(Timeout.Infinite, _stop.Token);
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The client went away, or the test is over.
        }
    }

    private static byte[] Head(ScriptedReply reply)
    {
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} Status\r\nConnection: close\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.ClaimedLength ?? reply.Body.Length}\r\n");
        foreach (var (name, value) in reply.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }

    private async Task<ScriptedRequest?> ReadRequestAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, false, 1024, leaveOpen: true);
        if (await reader.ReadLineAsync(_stop.Token) is not { } first)
            return null;
        var headers = new Dictionary<string, string>();
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon].ToLowerInvariant()] = line[(colon + 1)..].Trim();
        }

        return new ScriptedRequest(Interlocked.Increment(ref _count), first.Split(' ')[1], headers);
    }
}
