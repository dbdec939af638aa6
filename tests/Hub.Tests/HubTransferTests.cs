using Platform.Workspaces.Errors;

namespace Platform.Hub.Tests;

/// <summary>Transfers that break off, stall, are truncated or cancelled, and go on.</summary>
public sealed class HubTransferTests : HubTest
{
    [Fact]
    public async Task Get_ConnectionBreaksOffAgainAndAgain_GoesOnByRange()
    {
        // Every answer claims the rest and ends 100,000 bytes on.
        using var server = new ScriptedServer(request => Cut(ScriptedServer.Serve(Content, request), 100_000));
        using var hub = Client(server);

        var path = await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Equal(Content, await File.ReadAllBytesAsync(path, Stop));
        Assert.Equal([0, 100_000, 200_000, 300_000], server.Requests.Select(request => request.From));
        Assert.All(server.Requests.Skip(1), request => Assert.Equal("\"v1\"", request.Header("if-range")));
    }

    [Fact]
    public async Task Get_ConnectionStalls_IsGivenUpAndGoneOnWith()
    {
        using var server = new ScriptedServer(request => request.Number == 1
            ? Cut(ScriptedServer.Serve(Content, request), 50_000) with { Stalls = true }
            : ScriptedServer.Serve(Content, request));
        using var hub = Client(server, options => options with { StallTimeout = TimeSpan.FromSeconds(0.5) });

        var path = await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Equal(Content, await File.ReadAllBytesAsync(path, Stop));
        Assert.Equal(50_000, server.Requests[1].From);
    }

    [Fact]
    public async Task Get_AnswerIsTruncatedWithAMatchingLength_IsNoticedByTheLinkedSize()
    {
        using var server = new ScriptedServer(request => request.Number == 1
            ? new ScriptedReply(200, Content[..1000])
            {
                Headers = { ["ETag"] = "\"v1\"", ["X-Linked-Size"] = $"{Content.Length}" },
            }
            : ScriptedServer.Serve(Content, request));
        using var hub = Client(server);

        var path = await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Equal(Content, await File.ReadAllBytesAsync(path, Stop));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Get_FileNeverHasTheSizeThatIsTold_IsGivenUp(int more)
    {
        // Regression: bytes that came again after a new beginning were taken for progress, so that it never ended.
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server);

        await Assert.ThrowsAsync<UnavailableException>(
            () => hub.GetAsync(Wanted() with { SizeBytes = Content.Length + more }, cancellationToken: Stop));

        Assert.False(File.Exists(hub.PathOf(Wanted())));
    }

    [Fact]
    public async Task Get_ProcessWasKilledHalfWay_GoesOnInTheNextOne()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server);
        await LeavePartAsync(hub, "\"v1\"");

        var path = await hub.GetAsync(Wanted() with { Sha256 = Hash(Content) }, cancellationToken: Stop);

        Assert.Equal(Content, await File.ReadAllBytesAsync(path, Stop));
        Assert.Equal(120_000, server.Requests.Single().From);
    }

    [Fact]
    public async Task Get_FileChangedSinceTheFirstPart_BeginsAnew()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request, "\"v2\""));
        using var hub = Client(server);
        await LeavePartAsync(hub, "\"v1\"", Corrupt());

        var path = await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Equal(Content, await File.ReadAllBytesAsync(path, Stop));
    }

    [Fact]
    public async Task Get_AllBytesHadComeButTheName_NeedsOneAnswer()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server);
        await LeavePartAsync(hub, "\"v1\"", Content, Content.Length);

        var path = await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Equal(Content, await File.ReadAllBytesAsync(path, Stop));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Get_Cancelled_KeepsThePartUnderAnotherName()
    {
        using var stop = new CancellationTokenSource();
        using var server = new ScriptedServer(request =>
            Cut(ScriptedServer.Serve(Content, request), 50_000) with { Stalls = true });
        using var hub = Client(server, options => options with { StallTimeout = TimeSpan.FromMinutes(5) });
        var progress = new Reports(report =>
        {
            if (report.DoneBytes == 50_000)
                stop.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hub.GetAsync(Wanted(), progress, stop.Token));

        Assert.False(File.Exists(hub.PathOf(Wanted())));
        var part = Path.Combine(Path.GetDirectoryName(hub.PathOf(Wanted()))!, ".part 1.txt.partial");
        Assert.Equal(50_000, new FileInfo(part).Length);
    }

    [Fact]
    public async Task Get_DiskFullHalfWay_SaysSoAndGoesOnWithMoreRoom()
    {
        var content = new byte[3 << 20];
        new Random(2).NextBytes(content);
        using var server = new ScriptedServer(request => ScriptedServer.Serve(content, request));
        using var hub = Client(server);
        var file = Wanted() with { Sha256 = Hash(content) };
        var folder = Path.GetDirectoryName(hub.PathOf(file))!;
        using var disk = SmallDisk.Mount(folder, megabytes: 2);

        var error = await Assert.ThrowsAsync<ResourceExhaustedException>(
            () => hub.GetAsync(file, cancellationToken: Stop));

        Assert.Equal("DISK_FULL", error.Reason);
        Assert.Single(server.Requests);
        Assert.False(File.Exists(hub.PathOf(file)));
        disk.Resize(megabytes: 8);
        Assert.Equal(content, await File.ReadAllBytesAsync(await hub.GetAsync(file, cancellationToken: Stop), Stop));
        Assert.InRange(server.Requests[1].From, 1 << 20, 2 << 20);
    }
}
