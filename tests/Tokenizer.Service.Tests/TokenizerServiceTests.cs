using System.Text;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using static Platform.Tokenizer.Service.Tests.TokenizerCalls;
using TokenizerMessage = Platform.Contracts.Tokenizer.V1.Tokenizer;

namespace Platform.Tokenizer.Service.Tests;

/// <summary>Tokenizers from making to deletion, encoding and decoding.</summary>
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

        var done = await _host.WaitAsync("tokenizers/cats");

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
        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/letters", Texts = { "cat", "caté" } }));
        Assert.Equal("texts[1]", Assert.Single(error.Fields()));
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

        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.DecodeAsync(
            new DecodeRequest
            {
                Tokenizer = "tokenizers/cats",
                Sequences = { new TokenIds(), new TokenIds { Ids = { 1, 262 } } },
            }));

        Assert.Equal("sequences[1].ids[1]", Assert.Single(error.Fields()));
    }

    [Fact]
    public async Task CreateTokenizer_IdTaken_AlreadyExists()
    {
        await TrainAsync("cats", new TokenizerSpec { VocabularySize = 262 });

        await RefusedAsync(StatusCode.AlreadyExists, () => CreateAsync("cats", new TokenizerSpec()));
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
    public async Task GetTokenizer_Unknown_NotFound()
    {
        await RefusedAsync(StatusCode.NotFound, () => _host.Tokenizers.GetTokenizerAsync(
            new GetTokenizerRequest { Name = "tokenizers/nobody" }));
        await RefusedAsync(StatusCode.NotFound, () => _host.Tokenizers.DeleteTokenizerAsync(
            new DeleteTokenizerRequest { Name = "tokenizers/nobody" }));
        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.Tokenizers.GetTokenizerAsync(
            new GetTokenizerRequest { Name = "runs/nobody" }));
        Assert.Equal("name", Assert.Single(error.Fields()));
    }

    [Fact]
    public async Task Encode_BuiltInOfANewDataRoot_NeedsNoFiles()
    {
        var encoded = await _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/gpt2", Texts = { "Hello world" } }, cancellationToken: Token);

        Assert.Equal([15496, 995], encoded.Texts[0].Ids);
        Assert.False(Directory.Exists(_host["tokenizers/gpt2"]));
    }

    [Fact]
    public async Task ListTokenizers_Pages_NewestFirstThenBuiltIn()
    {
        await TrainAsync("older", new TokenizerSpec { VocabularySize = 260 });
        await TrainAsync("newer", new TokenizerSpec { VocabularySize = 260 });

        var first = await _host.Tokenizers.ListTokenizersAsync(
            new ListTokenizersRequest { PageSize = 2 }, cancellationToken: Token);
        var second = await _host.Tokenizers.ListTokenizersAsync(
            new ListTokenizersRequest { PageSize = 10, PageToken = first.NextPageToken }, cancellationToken: Token);

        Assert.Equal(["tokenizers/newer", "tokenizers/older"], first.Tokenizers.Select(t => t.Name));
        // r50k is gpt2 under another name.
        Assert.Equal(
            ["tokenizers/gpt2", "tokenizers/r50k", "tokenizers/cl100k", "tokenizers/o200k"],
            second.Tokenizers.Select(t => t.Name));
        var gpt2 = second.Tokenizers[0];
        Assert.Equal(
            ("tokenizers/gpt2", true, 50257, 50000),
            (gpt2.Name, gpt2.BuiltIn, gpt2.VocabularySize, gpt2.MergeCount));
        Assert.Empty(second.NextPageToken);
        await RefusedAsync(StatusCode.FailedPrecondition, () => _host.Tokenizers.DeleteTokenizerAsync(
            new DeleteTokenizerRequest { Name = "tokenizers/gpt2" }));
    }

    [Fact]
    public async Task DeleteTokenizer_InUse_NamesTheUser()
    {
        await TrainAsync("cats", new TokenizerSpec { VocabularySize = 260 });
        _host.Write("datasets/tales/manifest.json", """{"tokenizer": {"name": "tokenizers/cats"}}""");
        var request = new DeleteTokenizerRequest { Name = "tokenizers/cats" };

        var error = await RefusedAsync(
            StatusCode.FailedPrecondition, () => _host.Tokenizers.DeleteTokenizerAsync(request));
        Assert.Contains("datasets/tales", error.Status.Detail, StringComparison.Ordinal);

        Directory.Delete(_host["datasets/tales"], recursive: true);
        await _host.Tokenizers.DeleteTokenizerAsync(request, cancellationToken: Token);
        Assert.False(Directory.Exists(_host["tokenizers/cats"]));
        await RefusedAsync(StatusCode.NotFound, () => _host.Tokenizers.EncodeAsync(
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
        while (await watch.ResponseStream.MoveNext(Token)
            && watch.ResponseStream.Current.Tokenizer.State != State.Running)
        {
        }

        await _host.Tokenizers.CancelTokenizerAsync(
            new CancelTokenizerRequest { Name = "tokenizers/long" }, cancellationToken: Token);

        Assert.Equal(State.Cancelled, (await _host.WaitAsync("tokenizers/long")).State);
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

        var done = await _host.WaitAsync("tokenizers/cats");

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
        var done = await _host.WaitAsync(created.Name);
        Assert.True(done.State == State.Succeeded, done.Error?.Message);
        return done;
    }
}
