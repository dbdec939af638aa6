using Platform.Workspaces.Errors;

namespace Platform.Hub.Tests;

/// <summary>Servers that refuse, are busy or are not there, and whom the token is shown.</summary>
public sealed class HubRefusalTests : HubTest
{
    [Fact]
    public async Task Get_RedirectToAnotherHost_DoesNotSendTheTokenThere()
    {
        using var storage = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var server = new ScriptedServer(_ => Redirect(storage, Hash(Content)));
        using var hub = Client(server, options => options with { Token = "secret" });

        await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Equal("Bearer secret", server.Requests.Single().Header("authorization"));
        Assert.Null(storage.Requests.Single().Header("authorization"));
    }

    [Fact]
    public async Task Get_AddressOfItsOwn_DoesNotSendTheToken()
    {
        using var elsewhere = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server, options => options with { Token = "secret" });

        var path = await hub.GetAsync(
            HubFile.OfAddress(new Uri(elsewhere.Address, "a/input.txt")), cancellationToken: Stop);

        Assert.Equal(Cache["web/127.0.0.1/a/input.txt"], path);
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

        var error = await Assert.ThrowsAnyAsync<PlatformException>(
            () => hub.GetAsync(Wanted(), cancellationToken: Stop));

        Assert.IsType(expected, error);
        Assert.Single(server.Requests);
        Assert.Contains("hf:datasets/owner/set/data/part 1.txt", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(hub.PathOf(Wanted())));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Get_BusyServer_WaitsAsLongAsItAsks(int status)
    {
        using var server = new ScriptedServer(request => request.Number <= 2
            ? new ScriptedReply(status, []) { Headers = { ["Retry-After"] = "17" } }
            : ScriptedServer.Serve(Content, request));
        using var hub = Client(server);

        await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Equal([TimeSpan.FromSeconds(17), TimeSpan.FromSeconds(17)], Waits);
    }

    [Fact]
    public async Task Get_ServerAsksToWaitForHours_IsUnavailable()
    {
        using var server = new ScriptedServer(_ =>
            new ScriptedReply(429, []) { Headers = { ["Retry-After"] = "7200" } });
        using var hub = Client(server);

        var error = await Assert.ThrowsAsync<UnavailableException>(
            () => hub.GetAsync(Wanted(), cancellationToken: Stop));

        Assert.Contains("7200 s", error.Message, StringComparison.Ordinal);
        Assert.Empty(Waits);
    }

    [Fact]
    public async Task Get_AlwaysBusy_IsUnavailableAfterFiveAttempts()
    {
        using var server = new ScriptedServer(_ => new ScriptedReply(503, []));
        using var hub = Client(server);

        await Assert.ThrowsAsync<UnavailableException>(() => hub.GetAsync(Wanted(), cancellationToken: Stop));

        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task Get_NobodyListens_NamesTheFileAndWhereToPutIt()
    {
        var server = new ScriptedServer(_ => new ScriptedReply(200, []));
        server.Dispose();
        using var hub = Client(server);

        var error = await Assert.ThrowsAsync<UnavailableException>(
            () => hub.GetAsync(Wanted(), cancellationToken: Stop));

        Assert.Equal("HUB_UNREACHABLE", error.Reason);
        Assert.Contains(hub.PathOf(Wanted()), error.Message, StringComparison.Ordinal);
        Assert.Contains("resolve/main/data/part%201.txt", error.Message, StringComparison.Ordinal);
        Assert.Single(Waits);
    }

    [Fact]
    public async Task Get_Offline_NamesTheFileAndWhereToPutIt()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server, options => options with { Offline = true });

        var error = await Assert.ThrowsAsync<FailedPreconditionException>(
            () => hub.GetAsync(Wanted(), cancellationToken: Stop));

        Assert.Contains(hub.PathOf(Wanted()), error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{"error": "none"}""")]
    [InlineData("""[{"name": "a"}]""")]
    public async Task List_AnswerIsNoListOfFiles_IsUnavailable(string answer)
    {
        using var server = new ScriptedServer(_ => Json(answer));
        using var hub = Client(server);

        var error = await Assert.ThrowsAsync<UnavailableException>(() => hub.ListAsync(Repository, "*.txt", Stop));

        Assert.Contains("no list of files", error.Message, StringComparison.Ordinal);
    }
}
