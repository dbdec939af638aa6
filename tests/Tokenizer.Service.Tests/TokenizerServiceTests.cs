using System.Text;
using Google.Rpc;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using TokenizerMessage = Platform.Contracts.Tokenizer.V1.Tokenizer;

namespace Platform.Tokenizer.Service.Tests;

public sealed class TokenizerServiceTests : IAsyncDisposable
{
    private const string Text = "the cat sat on the mat and the other cat sat there, the the the\n";

    private readonly TokenizerHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task CreateTokenizer_ValidSpec_TrainsAndDescribesIt()
    {
        var created = await CreateAsync("cats", new TokenizerSpec { VocabularySize = 262 });
        Assert.Equal(State.Queued, created.State);
        Assert.Equal("gpt2", created.Spec.Pattern);
        Assert.Equal(["<|endoftext|>"], created.Spec.SpecialTokens.Tokens);

        var done = await WaitAsync("tokenizers/cats");

        Assert.Equal(State.Succeeded, done.State);
        Assert.Equal((262, 5), (done.VocabularySize, done.MergeCount));
        Assert.Equal(("<|endoftext|>", 261), (done.SpecialTokens[0].Text, done.SpecialTokens[0].Id));
        Assert.Equal(Encoding.UTF8.GetByteCount(Text), done.TrainedBytes);
        Assert.Matches("^[0-9a-f]{64}$", done.Sha256);
        Assert.NotNull(done.EndTime);
        Assert.True(File.Exists(_host["tokenizers/cats/tokenizer.json"]));
    }

    [Fact]
    public async Task CreateTokenizer_CharacterLevel_HasTheAlphabet()
    {
        var done = await TrainAsync("letters", new TokenizerSpec { Algorithm = Algorithm.Character });

        Assert.Equal(Text.Distinct().Count(), done.VocabularySize);
        Assert.Empty(done.SpecialTokens);
        var error = await FailAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/letters", Texts = { "cat", "caté" } }));
        Assert.Equal("texts[1]", Field(error));
        Assert.Contains("é", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encode_Texts_DecodeToThemselves()
    {
        await TrainAsync("cats", new TokenizerSpec { VocabularySize = 262 });
        string[] texts = ["the cat", "", "naïve <|endoftext|> 𠀀"];

        var encoded = await _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/cats", Texts = { texts }, IncludePieces = true },
            cancellationToken: Token);
        var decoded = await _host.Tokenizers.DecodeAsync(
            new DecodeRequest
            {
                Tokenizer = "tokenizers/cats",
                Sequences = { encoded.Texts.Select(text => new TokenIds { Ids = { text.Ids } }) },
            },
            cancellationToken: Token);

        Assert.Equal(texts, decoded.Texts);
        Assert.Equal(texts, decoded.TextsBytes.Select(bytes => bytes.ToStringUtf8()));
        Assert.All(encoded.Texts, text => Assert.Equal(text.Ids, text.Pieces.Select(piece => piece.Id)));
        Assert.Equal(texts[2], string.Concat(Encoding.UTF8.GetString(
            [.. encoded.Texts[2].Pieces.SelectMany(piece => piece.Bytes)])));
        Assert.Equal([0, 3], encoded.Texts[0].Pieces.Take(2).Select(piece => piece.OffsetBytes));
        Assert.DoesNotContain(261, encoded.Texts[2].Ids);
    }

    [Fact]
    public async Task Encode_AllowSpecial_GivesItsIdAndDecodeSkipsIt()
    {
        await TrainAsync("cats", new TokenizerSpec { VocabularySize = 262 });

        var encoded = await _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/cats", Texts = { "cat<|endoftext|>" }, AllowSpecial = true },
            cancellationToken: Token);
        var decoded = await _host.Tokenizers.DecodeAsync(
            new DecodeRequest
            {
                Tokenizer = "tokenizers/cats",
                Sequences = { new TokenIds { Ids = { encoded.Texts[0].Ids } } },
                SkipSpecial = true,
            },
            cancellationToken: Token);

        Assert.Equal(261, encoded.Texts[0].Ids[^1]);
        Assert.Equal("cat", decoded.Texts[0]);
    }

    [Fact]
    public async Task Decode_IdThatIsNoToken_NamesItsPlace()
    {
        await TrainAsync("cats", new TokenizerSpec { VocabularySize = 262 });

        var error = await FailAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.DecodeAsync(
            new DecodeRequest { Tokenizer = "tokenizers/cats", Sequences = { new TokenIds(), new TokenIds { Ids = { 1, 262 } } } }));

        Assert.Equal("sequences[1].ids[1]", Field(error));
    }

    [Fact]
    public async Task CreateTokenizer_BadSpec_NamesEveryField()
    {
        var error = await FailAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.CreateTokenizerAsync(
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
            error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field));
    }

    [Theory]
    [InlineData("gpt2", "tokenizer_id")]
    [InlineData("o200k", "tokenizer_id")]
    public async Task CreateTokenizer_BuiltInName_IsRefused(string id, string field)
    {
        var error = await FailAsync(StatusCode.InvalidArgument, () => CreateAsync(id, new TokenizerSpec()));

        Assert.Equal(field, Field(error));
    }

    [Fact]
    public async Task CreateTokenizer_PathOutsideTheFolders_IsRefused()
    {
        var error = await FailAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { Spec = new TokenizerSpec { Inputs = { "path:/etc/passwd" } } }));

        Assert.Equal("spec.inputs[0]", Field(error));
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

        await FailAsync(code, () => _host.Tokenizers.CreateTokenizerAsync(
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

        Assert.Equal(Text.Length + "dogs and catsmore".Length, (await WaitAsync("tokenizers/all")).TrainedBytes);
    }

    [Fact]
    public async Task CreateTokenizer_MalformedRecord_IsRefusedWithFileAndLine()
    {
        var path = _host.Write("more/bad.jsonl", "{\"text\": \"fine\"}\n{\"text\": 1\n");

        var error = await FailAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { TokenizerId = "bad", Spec = new TokenizerSpec { Inputs = { path } } }));

        Assert.Equal("spec.inputs", Field(error));
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

        var done = await WaitAsync("tokenizers/bad");

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

        var done = await WaitAsync("tokenizers/some");

        Assert.Equal((State.Succeeded, 3), (done.State, done.SkippedCount));
        Assert.Equal(
            [("bad.jsonl", 2), ("bad.jsonl", 3), ("bad.txt", 2)],
            done.Skipped.Select(skipped => (skipped.File, skipped.Line)));
        Assert.Contains("no field 'text'", done.Skipped[1].Problem, StringComparison.Ordinal);
        Assert.Equal("finegood\ntoo".Length, done.TrainedBytes);
    }

    [Fact]
    public async Task CreateTokenizer_IdTaken_AlreadyExists()
    {
        await TrainAsync("cats", new TokenizerSpec { VocabularySize = 262 });

        await FailAsync(StatusCode.AlreadyExists, () => CreateAsync("cats", new TokenizerSpec()));
    }

    [Fact]
    public async Task CreateTokenizer_SameRequestId_GivesTheSameTokenizer()
    {
        var request = new CreateTokenizerRequest
        {
            RequestId = "once",
            Spec = new TokenizerSpec { Inputs = { _host.Write("uploads/cats/cats.txt", Text) }, VocabularySize = 260 },
        };
        var first = await _host.Tokenizers.CreateTokenizerAsync(request, cancellationToken: Token);
        var second = await _host.Tokenizers.CreateTokenizerAsync(request, cancellationToken: Token);

        Assert.Equal(first.Tokenizer.Name, second.Tokenizer.Name);
    }

    [Fact]
    public async Task CreateTokenizer_EmptyText_FailsWithTheReason()
    {
        var path = _host.Write("uploads/empty/empty.txt", "");
        await _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { TokenizerId = "none", Spec = new TokenizerSpec { Inputs = { path } } },
            cancellationToken: Token);

        var done = await WaitAsync("tokenizers/none");

        Assert.Equal(State.Failed, done.State);
        Assert.Contains("empty", done.Error.Message, StringComparison.Ordinal);
        await FailAsync(StatusCode.FailedPrecondition, () => _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/none", Texts = { "a" } }));
    }

    [Fact]
    public async Task GetTokenizer_Unknown_NotFound()
    {
        await FailAsync(StatusCode.NotFound, () => _host.Tokenizers.GetTokenizerAsync(
            new GetTokenizerRequest { Name = "tokenizers/nobody" }));
        await FailAsync(StatusCode.NotFound, () => _host.Tokenizers.DeleteTokenizerAsync(
            new DeleteTokenizerRequest { Name = "tokenizers/nobody" }));
        var error = await FailAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.GetTokenizerAsync(
            new GetTokenizerRequest { Name = "runs/nobody" }));
        Assert.Equal("name", Field(error));
    }

    [Fact]
    public async Task GetTokenizer_BuiltInWithoutFiles_SaysWhichAndWhere()
    {
        var error = await FailAsync(StatusCode.FailedPrecondition, () => _host.Tokenizers.GetTokenizerAsync(
            new GetTokenizerRequest { Name = "tokenizers/gpt2" }));

        Assert.Contains("vocab.json", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(_host["tokenizers/gpt2"], error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListTokenizers_Pages_NewestFirstThenBuiltIn()
    {
        var source = SharedData.Require("gpt2-bpe");
        await TrainAsync("older", new TokenizerSpec { VocabularySize = 260 });
        await TrainAsync("newer", new TokenizerSpec { VocabularySize = 260 });
        Directory.CreateDirectory(_host["tokenizers/gpt2"]);
        foreach (var name in (string[])["encoder.json", "vocab.bpe"])
            File.CreateSymbolicLink(_host[$"tokenizers/gpt2/{name}"], Path.Combine(source, name));

        var first = await _host.Tokenizers.ListTokenizersAsync(
            new ListTokenizersRequest { PageSize = 2 }, cancellationToken: Token);
        var second = await _host.Tokenizers.ListTokenizersAsync(
            new ListTokenizersRequest { PageSize = 10, PageToken = first.NextPageToken }, cancellationToken: Token);

        Assert.Equal(["tokenizers/newer", "tokenizers/older"], first.Tokenizers.Select(t => t.Name));
        // r50k is gpt2 under another name; the files of the last two come with the program.
        Assert.Equal(
            ["tokenizers/gpt2", "tokenizers/r50k", "tokenizers/cl100k", "tokenizers/o200k"],
            second.Tokenizers.Select(t => t.Name));
        var gpt2 = second.Tokenizers[0];
        Assert.Equal(("tokenizers/gpt2", true, 50257, 50000), (gpt2.Name, gpt2.BuiltIn, gpt2.VocabularySize, gpt2.MergeCount));
        Assert.Empty(second.NextPageToken);
        await FailAsync(StatusCode.FailedPrecondition, () => _host.Tokenizers.DeleteTokenizerAsync(
            new DeleteTokenizerRequest { Name = "tokenizers/gpt2" }));
    }

    [Fact]
    public async Task DeleteTokenizer_InUse_NamesTheUser()
    {
        await TrainAsync("cats", new TokenizerSpec { VocabularySize = 260 });
        _host.Write("datasets/tales/manifest.json", """{"tokenizer": {"name": "tokenizers/cats"}}""");
        var request = new DeleteTokenizerRequest { Name = "tokenizers/cats" };

        var error = await FailAsync(
            StatusCode.FailedPrecondition, () => _host.Tokenizers.DeleteTokenizerAsync(request));
        Assert.Contains("datasets/tales", error.Status.Detail, StringComparison.Ordinal);

        Directory.Delete(_host["datasets/tales"], recursive: true);
        await _host.Tokenizers.DeleteTokenizerAsync(request, cancellationToken: Token);
        Assert.False(Directory.Exists(_host["tokenizers/cats"]));
        await FailAsync(StatusCode.NotFound, () => _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/cats", Texts = { "a" } }));
    }

    [Fact]
    public async Task CancelTokenizer_Running_EndsCancelled()
    {
        // Much to merge, so that the training is still under way when it is cancelled.
        var random = new Random(1);
        var text = new string([.. Enumerable.Range(0, 3_000_000).Select(_ => (char)('\u4e00' + random.Next(20_000)))]);
        var path = _host.Write("uploads/long/long.txt", text);
        await _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest
            {
                TokenizerId = "long",
                Spec = new TokenizerSpec { Inputs = { path }, VocabularySize = 262_144, MinFrequency = 1 },
            },
            cancellationToken: Token);
        using var watch = _host.Tokenizers.WatchTokenizer(
            new WatchTokenizerRequest { Name = "tokenizers/long" }, cancellationToken: Token);
        while (await watch.ResponseStream.MoveNext(Token) && watch.ResponseStream.Current.Tokenizer.State != State.Running)
        {
        }

        await _host.Tokenizers.CancelTokenizerAsync(
            new CancelTokenizerRequest { Name = "tokenizers/long" }, cancellationToken: Token);

        Assert.Equal(State.Cancelled, (await WaitAsync("tokenizers/long")).State);
        Assert.False(File.Exists(_host["tokenizers/long/tokenizer.json"]));
    }

    [Fact]
    public async Task Restart_SucceededTokenizer_IsStillThere()
    {
        var before = await TrainAsync("cats", new TokenizerSpec { VocabularySize = 262 });

        await _host.RestartAsync();

        var after = await _host.Tokenizers.GetTokenizerAsync(
            new GetTokenizerRequest { Name = "tokenizers/cats" }, cancellationToken: Token);
        Assert.Equal(before, after.Tokenizer);
    }

    // Guards against a training that a kill interrupted and that stays RUNNING for ever.
    [Fact]
    public async Task Restart_InterruptedTraining_StartsAnew()
    {
        await TrainAsync("cats", new TokenizerSpec { VocabularySize = 262 });
        await _host.RestartAsync(whileStopped: () =>
        {
            File.Delete(_host["tokenizers/cats/manifest.json"]);
            var job = _host["tokenizers/cats/job.json"];
            File.WriteAllText(job, File.ReadAllText(job).Replace("SUCCEEDED", "RUNNING", StringComparison.Ordinal));
        });

        var done = await WaitAsync("tokenizers/cats");

        Assert.Equal((State.Succeeded, 262), (done.State, done.VocabularySize));
    }

    private async Task<TokenizerMessage> CreateAsync(string id, TokenizerSpec spec)
    {
        spec.Inputs.Add(_host.Write("uploads/cats/cats.txt", Text));
        var response = await _host.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest { TokenizerId = id, Spec = spec }, cancellationToken: Token);
        return response.Tokenizer;
    }

    private async Task<TokenizerMessage> TrainAsync(string id, TokenizerSpec spec)
    {
        var created = await CreateAsync(id, spec);
        var done = await WaitAsync(created.Name);
        Assert.True(done.State == State.Succeeded, done.Error?.Message);
        return done;
    }

    /// <summary>Watches until the training has ended and returns the last state told.</summary>
    private async Task<TokenizerMessage> WaitAsync(string name)
    {
        using var watch = _host.Tokenizers.WatchTokenizer(
            new WatchTokenizerRequest { Name = name }, deadline: DateTime.UtcNow.AddSeconds(60), cancellationToken: Token);
        TokenizerMessage? last = null;
        while (await watch.ResponseStream.MoveNext(Token))
            last = watch.ResponseStream.Current.Tokenizer;
        return last!;
    }

    private static async Task<RpcException> FailAsync<T>(StatusCode code, Func<AsyncUnaryCall<T>> call) =>
        await FailAsync(code, async () => await call());

    private static async Task<RpcException> FailAsync(StatusCode code, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(code, error.StatusCode);
        Assert.Equal("platform", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Domain);
        return error;
    }

    private static string Field(RpcException error) =>
        Assert.Single(error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field;
}
