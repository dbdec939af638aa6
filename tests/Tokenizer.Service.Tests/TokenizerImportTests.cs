using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using static Platform.Tokenizer.Service.Tests.TokenizerCalls;

namespace Platform.Tokenizer.Service.Tests;

/// <summary>Tokenizers out and in again over the calls.</summary>
public sealed class TokenizerImportTests : IAsyncDisposable
{
    private const string Text = "the cat sat on the mat and the other cat sat there, naïve 明月, the the the\n";

    private readonly TokenizerHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(TokenizerFormat.Unspecified, "tokenizer.json")]
    [InlineData(TokenizerFormat.VocabMerges, "vocab.json")]
    [InlineData(TokenizerFormat.Tiktoken, "tokenizer.tiktoken")]
    public async Task ExportThenImport_AnyFormat_GivesTheSameIds(TokenizerFormat format, string file)
    {
        var trained = await _host.TrainAsync("cats", Text, 280);

        var files = await ExportAsync("tokenizers/cats", format);
        Assert.Contains(file, files);
        var imported = await _host.MakeAsync("copy", Import($"path:{_host["out"]}"));

        Assert.True(imported.State == State.Succeeded, imported.Error?.Message);
        Assert.Equal((trained.VocabularySize, trained.MergeCount), (imported.VocabularySize, imported.MergeCount));
        Assert.Equal(trained.SpecialTokens, imported.SpecialTokens);
        Assert.Equal(await EncodeAsync("tokenizers/cats"), await EncodeAsync("tokenizers/copy"));
        Assert.Equal(0, imported.TrainedBytes);
        Assert.NotEmpty(imported.Sha256);
    }

    [Fact]
    public async Task Import_Uploads_AreReadTogether()
    {
        await _host.TrainAsync("cats", Text, 280);
        await ExportAsync("tokenizers/cats", TokenizerFormat.VocabMerges);
        foreach (var name in (string[])["vocab.json", "merges.txt"])
            _host.Write($"uploads/{name[..4]}/{name}", await File.ReadAllTextAsync(_host["out/" + name], Token));

        var imported = await _host.MakeAsync("copy", Import("uploads/voca", "uploads/merg"));

        Assert.True(imported.State == State.Succeeded, imported.Error?.Message);
        Assert.Equal(await EncodeAsync("tokenizers/cats"), await EncodeAsync("tokenizers/copy"));
    }

    // What lies in the hub's folder already is not downloaded again.
    [Fact]
    public async Task Import_HubRepository_GivesItsTokenizer()
    {
        await _host.TrainAsync("cats", Text, 280);
        await ExportAsync("tokenizers/cats", TokenizerFormat.HuggingFace);
        _host.Write(
            "hub/models/me/mine/tokenizer.json", await File.ReadAllTextAsync(_host["out/tokenizer.json"], Token));

        var imported = await _host.MakeAsync("copy", Import("hf:me/mine"));

        Assert.True(imported.State == State.Succeeded, imported.Error?.Message);
        Assert.Equal(await EncodeAsync("tokenizers/cats"), await EncodeAsync("tokenizers/copy"));
    }

    [Fact]
    public async Task Import_BuiltInName_TakesItsOwnFilesOnly()
    {
        var ranks = await File.ReadAllTextAsync(SharedData.Require("tiktoken-ranks/r50k_base.tiktoken"), Token);
        var wrong = await _host.MakeAsync("gpt2", Import(_host.Write("in/x.tiktoken", "YQ== 0\n")));
        Assert.Equal(State.Failed, wrong.State);
        Assert.Contains("SHA-256", wrong.Error.Message, StringComparison.Ordinal);
        await _host.Tokenizers.DeleteTokenizerAsync(
            new DeleteTokenizerRequest { Name = "tokenizers/gpt2" }, cancellationToken: Token);

        var right = await _host.MakeAsync("gpt2", Import(_host.Write("in/r50k_base.tiktoken", ranks)));

        Assert.True(right.State == State.Succeeded, right.Error?.Message);
        Assert.Equal((true, 50257, 50000), (right.BuiltIn, right.VocabularySize, right.MergeCount));
        Assert.Equal([15496, 995], (await _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/r50k", Texts = { "Hello world" } },
            cancellationToken: Token)).Texts[0].Ids);
    }

    [Fact]
    public async Task Encode_PackagedEncoding_NeedsNoFiles()
    {
        var encoded = await _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/o200k", Texts = { "Hello world" } }, cancellationToken: Token);

        Assert.Equal([13225, 2375], encoded.Texts[0].Ids);
    }

    [Theory]
    [InlineData("""{"model":{"type":"WordPiece"}}""", "WordPiece")]
    [InlineData("{", "tokenizer.json")]
    public async Task Import_FileThatIsNone_FailsWithTheReason(string json, string reason)
    {
        var made = await _host.MakeAsync("bad", Import(_host.Write("in/tokenizer.json", json)));

        Assert.Equal(State.Failed, made.State);
        Assert.Contains(reason, made.Error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_host["tokenizers/bad/manifest.json"]));
    }

    [Theory]
    [InlineData("path:/etc", StatusCode.InvalidArgument)]
    [InlineData("path:relative", StatusCode.InvalidArgument)]
    [InlineData("uploads/nothing", StatusCode.NotFound)]
    [InlineData("datasets/nothing", StatusCode.InvalidArgument)]
    public async Task Import_InputThatIsNot_IsRefused(string input, StatusCode code) =>
        await RefusedAsync(code, () => _host.MakeAsync("x", Import(input)));

    [Fact]
    public async Task Import_BadSpec_NamesEveryField()
    {
        var spec = Import();
        spec.VocabularySize = 300;
        spec.Import.Pattern = "(";
        spec.Import.SpecialTokens.Add(
            [new() { Text = "<a>", Id = 1 }, new() { Text = "<b>", Id = 1 }, new() { Id = -1 }]);

        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.MakeAsync("x", spec));

        Assert.Equal(
            ["spec.import", "spec.import.inputs", "spec.import.pattern", "spec.import.special_tokens[1]",
                "spec.import.special_tokens[2].text", "spec.import.special_tokens[2].id"],
            error.Fields());
    }

    [Fact]
    public async Task Export_FormatThatCannotSayIt_IsRefused()
    {
        var error = await RefusedAsync(
            StatusCode.FailedPrecondition, () => ExportAsync("tokenizers/cl100k", TokenizerFormat.VocabMerges));

        Assert.Contains("tokenizer.json", error.Status.Detail, StringComparison.Ordinal);
    }

    private static TokenizerSpec Import(params string[] inputs) =>
        new() { Import = new TokenizerImport { Inputs = { inputs } } };

    /// <summary>Writes the files into the folder <c>out</c> and returns their names.</summary>
    private async Task<IReadOnlyList<string>> ExportAsync(string name, TokenizerFormat format)
    {
        Directory.CreateDirectory(_host["out"]);
        var files = new HashSet<string>();
        using var call = _host.Tokenizers.ExportTokenizer(
            new ExportTokenizerRequest { Name = name, Format = format }, cancellationToken: Token);
        while (await call.ResponseStream.MoveNext(Token))
        {
            var part = call.ResponseStream.Current;
            files.Add(part.FileName);
            await using var file = new FileStream(_host["out/" + part.FileName], FileMode.Append);
            part.Chunk.WriteTo(file);
        }

        return [.. files];
    }

    private async Task<IReadOnlyList<int>> EncodeAsync(string tokenizer)
    {
        var encoded = await _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = tokenizer, Texts = { Text + "<|endoftext|>𠀀" }, AllowSpecial = true },
            cancellationToken: Token);
        return encoded.Texts[0].Ids;
    }
}
