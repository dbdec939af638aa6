using System.Security.Cryptography;
using Platform.Workspaces.Errors;

namespace Platform.Hub.Tests;

/// <summary>The client against a server that breaks off, stalls, truncates, corrupts and refuses.</summary>
public sealed class HubClientTests : IDisposable
{
    private static readonly byte[] s_content = RandomContent();

    private readonly TempFolder _cache = new();
    private readonly List<TimeSpan> _waits = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task Get_FileOfARepository_ArrivesUnderItsName()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var hub = Client(server);

        var path = await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Equal(_cache["datasets/owner/set/data/part 1.txt"], path);
        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(path, Stop));
        Assert.Equal("/datasets/owner/set/resolve/main/data/part%201.txt", server.Requests.Single().Path);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task Get_FileInTheCache_AsksNobody()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var hub = Client(server);

        await hub.GetAsync(File(), cancellationToken: Stop);
        await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Get_ConnectionBreaksOffAgainAndAgain_GoesOnByRange()
    {
        // Every answer claims the rest and ends 100,000 bytes on.
        using var server = new ScriptedServer(request => Cut(ScriptedServer.Serve(s_content, request), 100_000));
        using var hub = Client(server);

        var path = await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(path, Stop));
        Assert.Equal([0, 100_000, 200_000, 300_000], server.Requests.Select(request => request.From));
        Assert.All(server.Requests.Skip(1), request => Assert.Equal("\"v1\"", request.Header("if-range")));
    }

    [Fact]
    public async Task Get_ConnectionStalls_IsGivenUpAndGoneOnWith()
    {
        using var server = new ScriptedServer(request => request.Number == 1
            ? Cut(ScriptedServer.Serve(s_content, request), 50_000) with { Stalls = true }
            : ScriptedServer.Serve(s_content, request));
        using var hub = Client(server, options => options with { StallTimeout = TimeSpan.FromSeconds(0.5) });

        var path = await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(path, Stop));
        Assert.Equal(50_000, server.Requests[1].From);
    }

    [Fact]
    public async Task Get_AnswerIsTruncatedWithAMatchingLength_IsNoticedByTheLinkedSize()
    {
        using var server = new ScriptedServer(request => request.Number == 1
            ? new ScriptedReply(200, s_content[..1000])
            {
                Headers = { ["ETag"] = "\"v1\"", ["X-Linked-Size"] = $"{s_content.Length}" },
            }
            : ScriptedServer.Serve(s_content, request));
        using var hub = Client(server);

        var path = await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(path, Stop));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Get_FileNeverHasTheSizeThatIsTold_IsGivenUp(int more)
    {
        // Regression: bytes that came again after a new beginning were taken for progress, so that it never ended.
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var hub = Client(server);

        await Assert.ThrowsAsync<UnavailableException>(
            () => hub.GetAsync(File() with { SizeBytes = s_content.Length + more }, cancellationToken: Stop));

        Assert.False(System.IO.File.Exists(hub.PathOf(File())));
    }

    [Fact]
    public async Task Get_BytesAreCorrupt_ComesOnceMore()
    {
        using var server = new ScriptedServer(request =>
            ScriptedServer.Serve(request.Number == 1 ? Corrupt() : s_content, request));
        using var hub = Client(server);

        var path = await hub.GetAsync(File() with { Sha256 = Hash(s_content) }, cancellationToken: Stop);

        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(path, Stop));
        Assert.Equal([0, 0], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task Get_BytesAreCorruptEveryTime_IsDataLossAndLeavesNothing()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Corrupt(), request));
        using var hub = Client(server);
        var file = File() with { Sha256 = Hash(s_content) };

        await Assert.ThrowsAsync<DataLossException>(() => hub.GetAsync(file, cancellationToken: Stop));

        Assert.False(System.IO.File.Exists(hub.PathOf(file)));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Get_HashInTheRedirect_IsChecked()
    {
        using var storage = new ScriptedServer(request => ScriptedServer.Serve(Corrupt(), request));
        using var server = new ScriptedServer(_ => Redirect(storage, Hash(s_content)));
        using var hub = Client(server);

        var error = await Assert.ThrowsAsync<DataLossException>(() => hub.GetAsync(File(), cancellationToken: Stop));

        Assert.Contains(Hash(s_content), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_RedirectToAnotherHost_DoesNotSendTheTokenThere()
    {
        using var storage = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var server = new ScriptedServer(_ => Redirect(storage, Hash(s_content)));
        using var hub = Client(server, options => options with { Token = "secret" });

        await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Equal("Bearer secret", server.Requests.Single().Header("authorization"));
        Assert.Null(storage.Requests.Single().Header("authorization"));
    }

    [Fact]
    public async Task Get_AddressOfItsOwn_DoesNotSendTheToken()
    {
        using var elsewhere = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var hub = Client(server, options => options with { Token = "secret" });

        var path = await hub.GetAsync(
            HubFile.OfAddress(new Uri(elsewhere.Address, "a/input.txt")), cancellationToken: Stop);

        Assert.Equal(_cache["web/127.0.0.1/a/input.txt"], path);
        Assert.Null(elsewhere.Requests.Single().Header("authorization"));
    }

    [Theory]
    [InlineData(404, typeof(NotFoundException))]
    [InlineData(401, typeof(FailedPreconditionException))]
    [InlineData(403, typeof(FailedPreconditionException))]
    public async Task Get_Refused_IsToldAtOnce(int status, Type expected)
    {
        using var server = new ScriptedServer(_ => new ScriptedReply(status, "no"u8.ToArray()));
        using var hub = Client(server);

        var error = await Assert.ThrowsAnyAsync<PlatformException>(() => hub.GetAsync(File(), cancellationToken: Stop));

        Assert.IsType(expected, error);
        Assert.Single(server.Requests);
        Assert.Contains("hf:datasets/owner/set/data/part 1.txt", error.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(hub.PathOf(File())));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Get_BusyServer_WaitsAsLongAsItAsks(int status)
    {
        using var server = new ScriptedServer(request => request.Number <= 2
            ? new ScriptedReply(status, []) { Headers = { ["Retry-After"] = "17" } }
            : ScriptedServer.Serve(s_content, request));
        using var hub = Client(server);

        await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Equal([TimeSpan.FromSeconds(17), TimeSpan.FromSeconds(17)], _waits);
    }

    [Fact]
    public async Task Get_ServerAsksToWaitForHours_IsUnavailable()
    {
        using var server = new ScriptedServer(_ =>
            new ScriptedReply(429, []) { Headers = { ["Retry-After"] = "7200" } });
        using var hub = Client(server);

        var error = await Assert.ThrowsAsync<UnavailableException>(
            () => hub.GetAsync(File(), cancellationToken: Stop));

        Assert.Contains("7200 s", error.Message, StringComparison.Ordinal);
        Assert.Empty(_waits);
    }

    [Fact]
    public async Task Get_AlwaysBusy_IsUnavailableAfterFiveAttempts()
    {
        using var server = new ScriptedServer(_ => new ScriptedReply(503, []));
        using var hub = Client(server);

        await Assert.ThrowsAsync<UnavailableException>(() => hub.GetAsync(File(), cancellationToken: Stop));

        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task Get_NobodyListens_NamesTheFileAndWhereToPutIt()
    {
        var server = new ScriptedServer(_ => new ScriptedReply(200, []));
        server.Dispose();
        using var hub = Client(server);

        var error = await Assert.ThrowsAsync<UnavailableException>(
            () => hub.GetAsync(File(), cancellationToken: Stop));

        Assert.Equal("HUB_UNREACHABLE", error.Reason);
        Assert.Contains(hub.PathOf(File()), error.Message, StringComparison.Ordinal);
        Assert.Contains("resolve/main/data/part%201.txt", error.Message, StringComparison.Ordinal);
        Assert.Single(_waits);
    }

    [Fact]
    public async Task Get_Offline_NamesTheFileAndWhereToPutIt()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var hub = Client(server, options => options with { Offline = true });

        var error = await Assert.ThrowsAsync<FailedPreconditionException>(
            () => hub.GetAsync(File(), cancellationToken: Stop));

        Assert.Contains(hub.PathOf(File()), error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Get_PutThereByHand_IsCheckedWhereTheHashIsKnown()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var hub = Client(server, options => options with { Offline = true });
        Directory.CreateDirectory(Path.GetDirectoryName(hub.PathOf(File()))!);
        await System.IO.File.WriteAllBytesAsync(hub.PathOf(File()), s_content, Stop);

        Assert.Equal(hub.PathOf(File()), await hub.GetAsync(File() with { Sha256 = Hash(s_content) }, null, Stop));
        await Assert.ThrowsAsync<DataLossException>(
            () => hub.GetAsync(File() with { Sha256 = Hash(Corrupt()) }, null, Stop));
    }

    [Fact]
    public async Task Get_ProcessWasKilledHalfWay_GoesOnInTheNextOne()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var hub = Client(server);
        await LeavePartAsync(hub, "\"v1\"");

        var path = await hub.GetAsync(File() with { Sha256 = Hash(s_content) }, cancellationToken: Stop);

        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(path, Stop));
        Assert.Equal(120_000, server.Requests.Single().From);
    }

    [Fact]
    public async Task Get_FileChangedSinceTheFirstPart_BeginsAnew()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request, "\"v2\""));
        using var hub = Client(server);
        await LeavePartAsync(hub, "\"v1\"", Corrupt());

        var path = await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(path, Stop));
    }

    [Fact]
    public async Task Get_AllBytesHadComeButTheName_NeedsOneAnswer()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var hub = Client(server);
        await LeavePartAsync(hub, "\"v1\"", s_content, s_content.Length);

        var path = await hub.GetAsync(File(), cancellationToken: Stop);

        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(path, Stop));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Get_Cancelled_KeepsThePartUnderAnotherName()
    {
        using var stop = new CancellationTokenSource();
        using var server = new ScriptedServer(request =>
            Cut(ScriptedServer.Serve(s_content, request), 50_000) with { Stalls = true });
        using var hub = Client(server, options => options with { StallTimeout = TimeSpan.FromMinutes(5) });
        var progress = new Reports(report =>
        {
            if (report.DoneBytes == 50_000)
                stop.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hub.GetAsync(File(), progress, stop.Token));

        Assert.False(System.IO.File.Exists(hub.PathOf(File())));
        var part = Path.Combine(Path.GetDirectoryName(hub.PathOf(File()))!, ".part 1.txt.partial");
        Assert.Equal(50_000, new FileInfo(part).Length);
    }

    [Fact]
    public async Task Get_ManyAtOnce_DownloadOnce()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(s_content, request));
        using var first = Client(server);
        using var second = Client(server);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => (i % 2 == 0 ? first : second).GetAsync(File(), cancellationToken: Stop)));

        Assert.Single(server.Requests);
        Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(first.PathOf(File()), Stop));
    }

    [Fact]
    public async Task List_Pattern_AnswersWhatFitsOverAllPages()
    {
        using var server = new ScriptedServer(request => request.Path.Contains("cursor", StringComparison.Ordinal)
            ? Json("""[{"type":"file","path":"data/b.parquet","size":7,"lfs":{"oid":"ab"}}]""")
            : Json("""
                [{"type":"directory","path":"data"},{"type":"file","path":"data/a.parquet","size":5},
                {"type":"file","path":"data/x.txt","size":5},{"type":"file","path":"data/c/d.parquet","size":5}]
                """) with
            {
                Headers = new() { ["Link"] = $"<http://{request.Header("host")}/next?cursor=1>; rel=\"next\"" },
            });
        using var hub = Client(server);

        var files = await hub.ListAsync(Repository, "data/*.parquet", Stop);

        Assert.Equal(["data/a.parquet", "data/b.parquet"], files.Select(file => file.Path));
        Assert.Equal(("ab", 7), (files[1].Sha256, files[1].SizeBytes));
        Assert.Equal("/api/datasets/owner/set/tree/main/data?recursive=true", server.Requests[0].Path);
    }

    [Fact]
    public async Task GetModel_Gpt2Named_ChecksOpenAisHashes()
    {
        using var server = new ScriptedServer(request => request.Path.EndsWith("config.json", StringComparison.Ordinal)
            ? ScriptedServer.Serve("{}"u8.ToArray(), request)
            : ScriptedServer.Serve("not the vocabulary"u8.ToArray(), request));
        using var hub = Client(server);

        await Assert.ThrowsAsync<DataLossException>(
            () => hub.GetModelAsync(HubRepository.TryParseModel("hf:gpt2")!, cancellationToken: Stop));
    }

    [Fact]
    public async Task GetTokenizer_OfARepository_TakesTheNewFileElseTheOldPair()
    {
        using var server = new ScriptedServer(request => request.Path.EndsWith("tokenizer.json", StringComparison.Ordinal)
            ? new ScriptedReply(404, [])
            : ScriptedServer.Serve("{}"u8.ToArray(), request));
        using var hub = Client(server);

        var folder = await hub.GetTokenizerAsync(
            HubRepository.TryParseModel("hf:owner/tiny@v1.0")!, cancellationToken: Stop);

        Assert.Equal(_cache["models/owner/tiny@v1.0"], folder);
        Assert.Equal(["merges.txt", "vocab.json"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    private static HubRepository Repository => new(HubKind.Datasets, "owner/set");

    private static HubFile File() => HubFile.Of(Repository, "data/part 1.txt");

    private static ScriptedReply Json(string text) => new(200, System.Text.Encoding.UTF8.GetBytes(text));

    private static ScriptedReply Cut(ScriptedReply reply, int length) => reply with
    {
        ClaimedLength = reply.Body.Length,
        Body = reply.Body[..Math.Min(length, reply.Body.Length)],
    };

    private static ScriptedReply Redirect(ScriptedServer storage, string sha256) => new(302, [])
    {
        Headers =
        {
            ["Location"] = new Uri(storage.Address, "blob").ToString(),
            ["X-Linked-ETag"] = $"\"{sha256}\"",
            ["X-Linked-Size"] = $"{s_content.Length}",
        },
    };

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] Corrupt()
    {
        var bytes = s_content.ToArray();
        bytes[70_000] ^= 1;
        return bytes;
    }

    private static byte[] RandomContent()
    {
        var bytes = new byte[350_000];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static async Task LeavePartAsync(HubClient hub, string etag, byte[]? content = null, int length = 120_000)
    {
        var part = Path.Combine(Path.GetDirectoryName(hub.PathOf(File()))!, ".part 1.txt.partial");
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        await System.IO.File.WriteAllBytesAsync(part, (content ?? s_content)[..length], Stop);
        await System.IO.File.WriteAllTextAsync(part + ".etag", etag, Stop);
    }

    private HubClient Client(ScriptedServer server, Func<HubOptions, HubOptions>? change = null)
    {
        var options = new HubOptions
        {
            CacheFolder = _cache.Path,
            Endpoint = server.Address,
        };
        return new HubClient(change?.Invoke(options) ?? options, (time, _) =>
        {
            _waits.Add(time);
            return Task.CompletedTask;
        });
    }

    private sealed class Reports(Action<HubProgress> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => report(value);
    }
}
