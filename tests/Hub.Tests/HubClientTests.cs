using Platform.Workspaces.Errors;

namespace Platform.Hub.Tests;

/// <summary>What is brought, from where and to where.</summary>
public sealed class HubClientTests : HubTest
{
    [Fact]
    public async Task Get_FileOfARepository_ArrivesUnderItsName()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server);

        var path = await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Equal(Cache["datasets/owner/set/data/part 1.txt"], path);
        Assert.Equal(Content, await File.ReadAllBytesAsync(path, Stop));
        Assert.Equal("/datasets/owner/set/resolve/main/data/part%201.txt", server.Requests.Single().Path);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task Get_FileInTheCache_AsksNobody()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var hub = Client(server);

        await hub.GetAsync(Wanted(), cancellationToken: Stop);
        await hub.GetAsync(Wanted(), cancellationToken: Stop);

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Get_ManyAtOnce_DownloadOnce()
    {
        using var server = new ScriptedServer(request => ScriptedServer.Serve(Content, request));
        using var first = Client(server);
        using var second = Client(server);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => (i % 2 == 0 ? first : second).GetAsync(Wanted(), cancellationToken: Stop)));

        Assert.Single(server.Requests);
        Assert.Equal(Content, await File.ReadAllBytesAsync(first.PathOf(Wanted()), Stop));
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
        using var server = new ScriptedServer(
            request => request.Path.EndsWith("tokenizer.json", StringComparison.Ordinal)
                ? new ScriptedReply(404, [])
                : ScriptedServer.Serve("{}"u8.ToArray(), request));
        using var hub = Client(server);

        var folder = await hub.GetTokenizerAsync(
            HubRepository.TryParseModel("hf:owner/tiny@v1.0")!, cancellationToken: Stop);

        Assert.Equal(Cache["models/owner/tiny@v1.0"], folder);
        Assert.Equal(["merges.txt", "vocab.json"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }
}
