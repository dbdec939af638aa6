using System.Security.Cryptography;

namespace Platform.Hub.Tests;

/// <summary>A client with a cache of its own, and what a server of the test says to it.</summary>
public abstract class HubTest : IDisposable
{
    private protected static byte[] Content { get; } = RandomContent();

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected TempFolder Cache { get; } = new();

    /// <summary>How long the client wanted to wait before its attempts; it does not.</summary>
    private protected List<TimeSpan> Waits { get; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Cache.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static HubRepository Repository => new(HubKind.Datasets, "owner/set");

    private protected static HubFile Wanted() => HubFile.Of(Repository, "data/part 1.txt");

    private protected static ScriptedReply Json(string text) => new(200, System.Text.Encoding.UTF8.GetBytes(text));

    private protected static ScriptedReply Cut(ScriptedReply reply, int length) => reply with
    {
        ClaimedLength = reply.Body.Length,
        Body = reply.Body[..Math.Min(length, reply.Body.Length)],
    };

    private protected static ScriptedReply Redirect(ScriptedServer storage, string sha256) => new(302, [])
    {
        Headers =
        {
            ["Location"] = new Uri(storage.Address, "blob").ToString(),
            ["X-Linked-ETag"] = $"\"{sha256}\"",
            ["X-Linked-Size"] = $"{Content.Length}",
        },
    };

    private protected static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private protected static byte[] Corrupt()
    {
        var bytes = Content.ToArray();
        bytes[70_000] ^= 1;
        return bytes;
    }

    private static byte[] RandomContent()
    {
        var bytes = new byte[350_000];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private protected static async Task LeavePartAsync(
        HubClient hub, string etag, byte[]? content = null, int length = 120_000)
    {
        var part = Path.Combine(Path.GetDirectoryName(hub.PathOf(Wanted()))!, ".part 1.txt.partial");
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        await File.WriteAllBytesAsync(part, (content ?? Content)[..length], Stop);
        await File.WriteAllTextAsync(part + ".etag", etag, Stop);
    }

    private protected HubClient Client(ScriptedServer server, Func<HubOptions, HubOptions>? change = null)
    {
        var options = new HubOptions
        {
            CacheFolder = Cache.Path,
            Endpoint = server.Address,
        };
        return new HubClient(change?.Invoke(options) ?? options, (time, _) =>
        {
            Waits.Add(time);
            return Task.CompletedTask;
        });
    }

    private protected sealed class Reports(Action<HubProgress> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => report(value);
    }
}
