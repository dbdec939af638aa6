using Platform.Workspaces.Errors;

namespace Platform.Hub.Tests;

/// <summary>Bytes that are not the ones that are meant.</summary>
public sealed class HubHashTests : HubTest
{
    [Fact]
    public async Task Get_BytesAreCorrupt_ComesOnceMore()
    {
        using var server = new ScriptedServer(request =>
            ScriptedServer.Serve(request.Number == 1 ? Corrupt() : Content, request));
        using var hub = Client(server);

        var path = await hub.GetAsync(Wanted() with { Sha256 = Hash(Content) }, cancellationToken: Stop);

        Assert.Equal(Content, await File.ReadAllBytesAsync(path, Stop));
        Assert.Equal([0, 0], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task Get_BytesAreCorruptEveryTime_IsDataLossAndLeavesNothing()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Corrupt(), request));
        using var hub = Client(server);
        var file = Wanted() with { Sha256 = Hash(Content) };

        await Assert.ThrowsAsync<DataLossException>(() => hub.GetAsync(file, cancellationToken: Stop));

        Assert.False(File.Exists(hub.PathOf(file)));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Get_HashInTheRedirect_IsChecked()
    {
        using var storage = new ScriptedServer(request => ScriptedServer.Serve(Corrupt(), request));
        using var server = new ScriptedServer(_ => Redirect(storage, Hash(Content)));
        using var hub = Client(server);

        var error = await Assert.ThrowsAsync<DataLossException>(() => hub.GetAsync(Wanted(), cancellationToken: Stop));

        Assert.Contains(Hash(Content), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_PutThereByHand_IsCheckedWhereTheHashIsKnown()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server, options => options with { Offline = true });
        Directory.CreateDirectory(Path.GetDirectoryName(hub.PathOf(Wanted()))!);
        await File.WriteAllBytesAsync(hub.PathOf(Wanted()), Content, Stop);

        Assert.Equal(hub.PathOf(Wanted()), await hub.GetAsync(Wanted() with { Sha256 = Hash(Content) }, null, Stop));
        await Assert.ThrowsAsync<DataLossException>(
            () => hub.GetAsync(Wanted() with { Sha256 = Hash(Corrupt()) }, null, Stop));
    }

    [Fact]
    public async Task Get_DownloadedWithItsHash_IsNotHashedAgain()
    {
        // Regression: what had been hashed as it came was read whole once more at the next call.
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server);
        var file = Wanted() with { Sha256 = Hash(Content) };
        var path = await hub.GetAsync(file, cancellationToken: Stop);
        var time = File.GetLastWriteTimeUtc(path);
        await File.WriteAllBytesAsync(path, Corrupt(), Stop);
        File.SetLastWriteTimeUtc(path, time);

        Assert.Equal(path, await hub.GetAsync(file, cancellationToken: Stop));
    }
}
