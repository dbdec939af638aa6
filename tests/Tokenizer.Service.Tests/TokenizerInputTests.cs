using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using static Platform.Tokenizer.Service.Tests.TokenizerCalls;

namespace Platform.Tokenizer.Service.Tests;

/// <summary>What a tokenizer is trained on, and what is refused.</summary>
public sealed class TokenizerInputTests : IAsyncDisposable
{
    private const string Text = "the cat sat on the mat\n";

    private readonly TokenizerHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task CreateTokenizer_BadSpec_NamesEveryField()
    {
        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest
            {
                TokenizerId = "Not Valid",
                Spec = new TokenizerSpec
                {
                    VocabularySize = 100,
                    Pattern = "(",
                    MinFrequency = -1,
                    SpecialTokens = new SpecialTokens { Tokens = { "<a>", "<a>" } },
                },
            }));

        Assert.Equal(
            ["tokenizer_id", "spec.inputs", "spec.special_tokens.tokens[1]", "spec.vocabulary_size",
                "spec.min_frequency", "spec.pattern"],
            error.Fields());
    }

    [Theory]
    [InlineData("gpt2", "tokenizer_id")]
    [InlineData("o200k", "tokenizer_id")]
    public async Task CreateTokenizer_BuiltInName_IsRefused(string id, string field)
    {
        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.TrainAsync(id, Text, 262));

        Assert.Equal(field, Assert.Single(error.Fields()));
    }

    [Fact]
    public async Task CreateTokenizer_PathOutsideTheFolders_IsRefused()
    {
        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { Spec = new TokenizerSpec { Inputs = { "path:/etc/passwd" } } }));

        Assert.Equal("spec.inputs[0]", Assert.Single(error.Fields()));
    }

    [Theory]
    [InlineData("uploads/nothing", StatusCode.NotFound)]
    [InlineData("datasets/nothing", StatusCode.NotFound)]
    [InlineData("datasets/unfinished", StatusCode.FailedPrecondition)]
    [InlineData("runs/nothing", StatusCode.InvalidArgument)]
    [InlineData("hf:gpt2", StatusCode.InvalidArgument)]
    public async Task CreateTokenizer_InputThatIsNot_IsRefused(string input, StatusCode code)
    {
        Directory.CreateDirectory(_host["datasets/unfinished"]);

        await RefusedAsync(code, () => _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { Spec = new TokenizerSpec { Inputs = { input } } }));
    }

    [Fact]
    public async Task CreateTokenizer_UploadAndFolder_ReadsAll()
    {
        _host.Write("uploads/cats/cats.txt", Text);
        _host.Write("uploads/cats/manifest.json", "{}");
        _host.Write("more/a.jsonl", """{"text": "dogs and cats"}""" + "\n");
        _host.Write("more/b.txt", "more");

        await _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest
            {
                TokenizerId = "all",
                Spec = new TokenizerSpec { Inputs = { "uploads/cats", $"path:{_host["more"]}" }, VocabularySize = 262 },
            },
            cancellationToken: Token);

        Assert.Equal(Text.Length + "dogs and catsmore".Length, (await _host.WaitAsync("tokenizers/all")).TrainedBytes);
    }

    [Fact]
    public async Task CreateTokenizer_MalformedRecord_IsRefusedWithFileAndLine()
    {
        var path = _host.Write("more/bad.jsonl", "{\"text\": \"fine\"}\n{\"text\": 1\n");

        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { TokenizerId = "bad", Spec = new TokenizerSpec { Inputs = { path } } }));

        Assert.Equal("spec.inputs", Assert.Single(error.Fields()));
        Assert.Contains("bad.jsonl, line 2", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTokenizer_MalformedRecordFarBehind_FailsWithFileAndLine()
    {
        // Behind what is read while the caller waits.
        var path = _host.Write(
            "more/bad.jsonl", $"{{\"text\": \"{new string('a', 17 << 20)}\"}}\n{{\"text\": 1\n");
        await _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { TokenizerId = "bad", Spec = new TokenizerSpec { Inputs = { path } } },
            cancellationToken: Token);

        var done = await _host.WaitAsync("tokenizers/bad");

        Assert.Equal((State.Failed, "MALFORMED_INPUT"), (done.State, done.Error.Reason));
        Assert.Contains("bad.jsonl, line 2", done.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTokenizer_SkipBadRecords_CountsAndListsThem()
    {
        var records = _host.Write("more/bad.jsonl", "{\"text\": \"fine\"}\noops\n{\"title\": \"no text\"}\n");
        Directory.CreateDirectory(_host["more"]);
        await File.WriteAllBytesAsync(_host["more/bad.txt"], [.. "good\n"u8, 0xFF, (byte)'\n', .. "too"u8], Token);
        await _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest
            {
                TokenizerId = "some",
                Spec = new TokenizerSpec
                {
                    Inputs = { records, $"path:{_host["more/bad.txt"]}" },
                    VocabularySize = 260,
                    SkipBadRecords = true,
                },
            },
            cancellationToken: Token);

        var done = await _host.WaitAsync("tokenizers/some");

        Assert.Equal((State.Succeeded, 3), (done.State, done.SkippedCount));
        Assert.Equal(
            [("bad.jsonl", 2), ("bad.jsonl", 3), ("bad.txt", 2)],
            done.Skipped.Select(skipped => (skipped.File, skipped.Line)));
        Assert.Contains("no field 'text'", done.Skipped[1].Problem, StringComparison.Ordinal);
        Assert.Equal("finegood\ntoo".Length, done.TrainedBytes);
    }

    [Fact]
    public async Task CreateTokenizer_EmptyText_FailsWithTheReason()
    {
        var path = _host.Write("uploads/empty/empty.txt", "");
        await _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { TokenizerId = "none", Spec = new TokenizerSpec { Inputs = { path } } },
            cancellationToken: Token);

        var done = await _host.WaitAsync("tokenizers/none");

        Assert.Equal(State.Failed, done.State);
        Assert.Contains("empty", done.Error.Message, StringComparison.Ordinal);
        await RefusedAsync(StatusCode.FailedPrecondition, () => _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/none", Texts = { "a" } }));
    }
}
