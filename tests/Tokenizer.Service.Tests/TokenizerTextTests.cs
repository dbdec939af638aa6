using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using static Platform.Tokenizer.Service.Tests.TokenizerCalls;

namespace Platform.Tokenizer.Service.Tests;

/// <summary>Streams, counts, comparisons and studies over the calls.</summary>
public sealed class TokenizerTextTests : IAsyncDisposable
{
    private const string Text = "the cat sat on the mat and the other cat sat there, naïve 明月, the the the\n";

    private readonly TokenizerHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task EncodeStream_TextsInParts_EqualEncode()
    {
        await _host.TrainAsync("cats", Text, 280);
        string[] texts = [string.Concat(Enumerable.Repeat(Text, 200)), "", "short"];
        using var call = _host.Tokenizers.EncodeStream(cancellationToken: Token);
        var reading = ReadAsync(call);
        await call.RequestStream.WriteAsync(
            new EncodeStreamRequest { Settings = new EncodeStreamSettings { Tokenizer = "tokenizers/cats" } }, Token);
        foreach (var text in texts)
        {
            foreach (var part in Encoding.UTF8.GetBytes(text).Chunk(97))
            {
                await call.RequestStream.WriteAsync(
                    new EncodeStreamRequest { Text = ByteString.CopyFrom(part) }, Token);
            }

            await call.RequestStream.WriteAsync(
                new EncodeStreamRequest { Text = ByteString.Empty, EndsText = true }, Token);
        }

        await call.RequestStream.CompleteAsync();
        var streamed = await reading;

        var whole = await _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/cats", Texts = { texts } }, cancellationToken: Token);
        Assert.Equal(whole.Texts.Select(text => text.Ids.ToArray()), streamed.Select(text => text.Ids));
        Assert.Equal(texts.Select(text => (long)Encoding.UTF8.GetByteCount(text)), streamed.Select(text => text.Bytes));
    }

    [Fact]
    public async Task EncodeStream_WithoutEnd_EndsWithTheStream()
    {
        await _host.TrainAsync("cats", Text, 280);
        using var call = _host.Tokenizers.EncodeStream(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new EncodeStreamRequest
        {
            Settings = new EncodeStreamSettings { Tokenizer = "tokenizers/cats", AllowSpecial = true },
        }, Token);
        await call.RequestStream.WriteAsync(
            new EncodeStreamRequest { Text = ByteString.CopyFromUtf8("cat<|endoftext|>") }, Token);
        await call.RequestStream.CompleteAsync();

        var text = Assert.Single(await ReadAsync(call));

        Assert.Equal(279, text.Ids[^1]);
    }

    [Fact]
    public async Task EncodeStream_TextFirst_IsRefused()
    {
        using var call = _host.Tokenizers.EncodeStream(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new EncodeStreamRequest { Text = ByteString.CopyFromUtf8("a") }, Token);

        var error = await RefusedAsync(StatusCode.InvalidArgument, () => ReadAsync(call));
        Assert.Equal(["settings"], error.Fields());
    }

    [Fact]
    public async Task CountTokens_Texts_EqualsEncode()
    {
        await _host.TrainAsync("cats", Text, 280);
        string[] texts = [Text, "", "naïve<|endoftext|>"];

        var counted = await _host.Tokenizers.CountTokensAsync(
            new CountTokensRequest { Tokenizer = "tokenizers/cats", Texts = { texts }, AllowSpecial = true },
            cancellationToken: Token);
        var encoded = await _host.Tokenizers.EncodeAsync(
            new EncodeRequest { Tokenizer = "tokenizers/cats", Texts = { texts }, AllowSpecial = true },
            cancellationToken: Token);

        Assert.Equal(encoded.Texts.Select(text => (long)text.Ids.Count), counted.Texts.Select(text => text.TokenCount));
        Assert.Equal(encoded.Texts.Select(text => text.TextBytes), counted.Texts.Select(text => text.TextBytes));
    }

    [Fact]
    public async Task CompareTokenizers_TextAndInput_FiguresForEach()
    {
        await _host.TrainAsync("cats", Text, 280);
        _host.Write("more/a.jsonl", """{"text": "the cat"}""" + "\n" + """{"text": "明月"}""" + "\n");

        var response = await _host.Tokenizers.CompareTokenizersAsync(
            new CompareTokenizersRequest
            {
                Tokenizers = { "tokenizers/cats", "tokenizers/cl100k" },
                Texts =
                {
                    new ComparisonText { Name = "tale", Text = Text },
                    new ComparisonText { Input = $"path:{_host["more"]}" },
                },
            },
            cancellationToken: Token);

        Assert.Equal(
            ["tale cats", "tale cl100k", $"path:{_host["more"]} cats", $"path:{_host["more"]} cl100k"],
            response.Figures.Select(f => $"{f.Text} {f.Tokenizer["tokenizers/".Length..]}"));
        var own = response.Figures[0];
        Assert.Equal(Encoding.UTF8.GetByteCount(Text), own.TextBytes);
        Assert.Equal(Text.Length, own.CharacterCount);
        Assert.Equal((double)own.TextBytes / own.TokenCount, own.BytesPerToken, 12);
        Assert.Equal((double)own.CharacterCount / own.TokenCount, own.CharactersPerToken, 12);
        Assert.Equal((double)own.WholeWordCount / own.WordCount, own.WholeWordShare, 12);
        Assert.Equal("the cat明月".Length, response.Figures[2].CharacterCount);
    }

    [Fact]
    public async Task CompareTokenizers_CharacterMissing_SaysWhichInPlaceOfFigures()
    {
        await _host.MakeAsync("letters", new TokenizerSpec
        {
            Algorithm = Algorithm.Character,
            Inputs = { _host.Write("in/abc.txt", "abc") },
        });

        var response = await _host.Tokenizers.CompareTokenizersAsync(
            new CompareTokenizersRequest
            {
                Tokenizers = { "tokenizers/letters" },
                Texts = { new ComparisonText { Text = "abcd" } },
            },
            cancellationToken: Token);

        Assert.Contains("'d'", response.Figures[0].Problem, StringComparison.Ordinal);
        Assert.Equal(0, response.Figures[0].TokenCount);
    }

    [Fact]
    public async Task CompareTokenizers_BadRequest_NamesTheFields()
    {
        var error = await RefusedAsync(StatusCode.InvalidArgument, async () =>
            await _host.Tokenizers.CompareTokenizersAsync(new CompareTokenizersRequest(), cancellationToken: Token));
        Assert.Equal(["tokenizers", "texts"], error.Fields());
        error = await RefusedAsync(StatusCode.InvalidArgument, async () =>
            await _host.Tokenizers.CompareTokenizersAsync(
                new CompareTokenizersRequest
                {
                    Tokenizers = { "tokenizers/cl100k" },
                    Texts = { new ComparisonText { Input = "path:/etc/passwd" } },
                },
                cancellationToken: Token));
        Assert.Equal(["texts[0].input"], error.Fields());
    }

    [Fact]
    public async Task StudyVocabulary_LargerVocabularies_GiveFewerTokensAndMoreParameters()
    {
        await _host.TrainAsync("cats", Text, 280);

        var points = (await _host.Tokenizers.StudyVocabularyAsync(
            new StudyVocabularyRequest
            {
                Tokenizer = "tokenizers/cats",
                Text = new ComparisonText { Text = Text },
                VocabularySizes = { 280, 257, 270 },
                NEmbd = 10,
            },
            cancellationToken: Token)).Points;

        Assert.Equal([257, 270, 280], points.Select(point => point.VocabularySize));
        Assert.Equal([2570, 2700, 2800], points.Select(point => point.EmbeddingParameterCount));
        Assert.Equal(Encoding.UTF8.GetByteCount(Text), points[0].TokenCount);
        Assert.True(points[0].TokenCount > points[1].TokenCount && points[1].TokenCount > points[2].TokenCount);
        Assert.Equal(257 - Encoding.UTF8.GetBytes(Text).Distinct().Count(), points[0].UnusedTokenCount);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(281)]
    public async Task StudyVocabulary_SizeOutOfRange_IsRefused(int size)
    {
        await _host.TrainAsync("cats", Text, 280);

        var error = await RefusedAsync(StatusCode.InvalidArgument, async () =>
            await _host.Tokenizers.StudyVocabularyAsync(
                new StudyVocabularyRequest
                {
                    Tokenizer = "tokenizers/cats",
                    Text = new ComparisonText { Text = Text },
                    VocabularySizes = { size },
                },
                cancellationToken: Token));

        Assert.Equal(["vocabulary_sizes[0]"], error.Fields());
    }

    // It answered with zeros.
    [Fact]
    public async Task StudyVocabulary_EmptyText_IsRefused()
    {
        var error = await RefusedAsync(StatusCode.InvalidArgument, async () =>
            await _host.Tokenizers.StudyVocabularyAsync(
                new StudyVocabularyRequest { Tokenizer = "tokenizers/gpt2", Text = new ComparisonText { Text = "" } },
                cancellationToken: Token));

        Assert.Equal(["text"], error.Fields());
    }

    [Fact]
    public async Task CreateTokenizerFromStream_Documents_TrainsOnThem()
    {
        using var call = _host.Tokenizers.CreateTokenizerFromStream(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new CreateTokenizerFromStreamRequest
        {
            Request = new CreateTokenizerRequest
            {
                TokenizerId = "streamed",
                Spec = new TokenizerSpec { VocabularySize = 300 },
            },
        }, Token);
        foreach (var part in Encoding.UTF8.GetBytes(Text).Chunk(7))
        {
            await call.RequestStream.WriteAsync(
                new CreateTokenizerFromStreamRequest { Text = ByteString.CopyFrom(part) }, Token);
        }

        await call.RequestStream.WriteAsync(new CreateTokenizerFromStreamRequest
        {
            Text = ByteString.CopyFromUtf8("end"),
            EndsDocument = true,
        }, Token);
        await call.RequestStream.WriteAsync(
            new CreateTokenizerFromStreamRequest { Text = ByteString.CopyFromUtf8("the") }, Token);
        await call.RequestStream.CompleteAsync();
        var created = (await call.ResponseAsync).Tokenizer;

        var streamed = await _host.WaitAsync(created.Name);

        Assert.True(streamed.State == State.Succeeded, streamed.Error?.Message);
        // The separator between the documents is no text.
        Assert.Equal(Encoding.UTF8.GetByteCount(Text) + "endthe".Length, streamed.TrainedBytes);
        Assert.StartsWith("uploads/", Assert.Single(streamed.Spec.Inputs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTokenizerFromStream_BadSpec_IsRefusedBeforeTheText()
    {
        using var call = _host.Tokenizers.CreateTokenizerFromStream(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new CreateTokenizerFromStreamRequest
        {
            Request = new CreateTokenizerRequest { Spec = new TokenizerSpec { VocabularySize = 12 } },
        }, Token);

        var error = await RefusedAsync(StatusCode.InvalidArgument, async () => await call.ResponseAsync);

        Assert.Equal(["spec.vocabulary_size"], error.Fields());
    }

    [Theory]
    [InlineData("story", "", "dogs and cats")]
    [InlineData("", "{title}: {story}", "Pets: dogs and cats")]
    public async Task CreateTokenizer_ColumnOrTemplate_ReadsIt(string field, string template, string expected)
    {
        var made = await _host.MakeAsync("columns", new TokenizerSpec
        {
            Inputs =
            {
                _host.Write("in/rows.jsonl", """{"title": "Pets", "story": "dogs and cats", "text": 5}""" + "\n"),
            },
            TextField = field,
            Template = template,
            VocabularySize = 260,
        });

        Assert.True(made.State == State.Succeeded, made.Error?.Message);
        Assert.Equal(expected.Length, made.TrainedBytes);
    }

    [Fact]
    public async Task CreateTokenizer_BothColumnAndTemplate_IsRefused()
    {
        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.MakeAsync("columns", new TokenizerSpec
        {
            Inputs = { _host.Write("in/rows.jsonl", "{}") },
            TextField = "a",
            Template = "none",
        }));

        Assert.Equal(["spec.text_field", "spec.template"], error.Fields());
    }

    // Text files: UTF-8 with or without a byte order mark, every other byte kept; anything else is named.
    [Theory]
    [InlineData("EFBBBF6162", State.Succeeded, "2")] // a byte order mark is no text
    [InlineData("610D0A62", State.Succeeded, "4")] // carriage returns stay
    [InlineData("", State.Failed, "empty")]
    [InlineData("EFBBBF", State.Failed, "empty")]
    public async Task CreateTokenizer_OddBytes_AreKeptOrNamed(string hex, State state, string expected)
    {
        Directory.CreateDirectory(_host["in"]);
        await File.WriteAllBytesAsync(_host["in/bad.txt"], Convert.FromHexString(hex), Token);

        var made = await _host.MakeAsync("odd", new TokenizerSpec { Inputs = { $"path:{_host["in/bad.txt"]}" } });

        Assert.Equal(state, made.State);
        Assert.Contains(
            expected, made.Error?.Message ?? made.TrainedBytes.ToString(null, null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6162FF63")]
    [InlineData("61C3")]
    public async Task CreateTokenizer_InvalidUtf8_IsRefusedWithFileAndLine(string hex)
    {
        Directory.CreateDirectory(_host["in"]);
        await File.WriteAllBytesAsync(_host["in/bad.txt"], Convert.FromHexString(hex), Token);

        var error = await RefusedAsync(StatusCode.InvalidArgument, () => _host.MakeAsync(
            "odd", new TokenizerSpec { Inputs = { $"path:{_host["in/bad.txt"]}" } }));

        Assert.Contains("bad.txt, line 1", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTokenizer_LongDocument_ComesInPartsAndTrainsTheSame()
    {
        // Regression: a text file without separators had to fit into memory, several times over.
        var text = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"word{i % 977} and {i}\n"));

        var whole = await _host.MakeAsync(
            "whole", Spec("in/rows.jsonl", $"{{\"text\": {JsonSerializer.Serialize(text)}}}\n"));
        var parts = await _host.MakeAsync("parts", Spec("in/text.txt", text));

        Assert.Equal((State.Succeeded, whole.TrainedBytes), (parts.State, parts.TrainedBytes));
        Assert.Equal(whole.Sha256, parts.Sha256);

        TokenizerSpec Spec(string file, string content) =>
            new() { Inputs = { _host.Write(file, content) }, VocabularySize = 600 };
    }

    [Fact]
    public async Task CreateTokenizer_TooManyDistinctWords_SaysWhatToDo()
    {
        var made = await _host.MakeAsync("diverse", new TokenizerSpec
        {
            Inputs = { _host.Write("in/cats.txt", Text) },
            MaxDistinctBytes = 20,
        });

        Assert.Equal((State.Failed, "CORPUS_TOO_DIVERSE"), (made.State, made.Error.Reason));
        Assert.Contains("max_distinct_bytes", made.Error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<(int[] Ids, long Bytes)>> ReadAsync(
        AsyncDuplexStreamingCall<EncodeStreamRequest, EncodeStreamResponse> call)
    {
        var texts = new List<(int[], long)>();
        var ids = new List<int>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            ids.AddRange(call.ResponseStream.Current.Ids);
            if (!call.ResponseStream.Current.EndsText)
                continue;
            texts.Add(([.. ids], call.ResponseStream.Current.TextBytes));
            ids.Clear();
        }

        Assert.Empty(ids);
        return texts;
    }
}
