using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Platform.Tokenization.Tests;

public sealed class EncodingTests
{
    private static readonly string s_corpus = TestTokenizers.RandomText(seed: 9, words: 5000);

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("o200k")]
    [InlineData(@"\w+|\s+")]
    public void Decode_EncodedRandomBytes_GivesThemBack(string pattern)
    {
        var tokenizer = TestTokenizers.Train(s_corpus, pattern: PretokenizerPattern.Parse(pattern));
        var random = new Random(3);
        for (var i = 0; i < 400; i++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            // Half of them mostly text, so that words and broken characters meet.
            if (i % 2 == 0)
            {
                var at = random.Next(s_corpus.Length - 300);
                var text = Encoding.UTF8.GetBytes(s_corpus[at..(at + 200)]);
                text.AsSpan(0, Math.Min(text.Length, bytes.Length)).CopyTo(bytes);
            }

            var ids = tokenizer.Encode(bytes);

            Assert.Equal(bytes, tokenizer.DecodeBytes(ids));
            Assert.Equal(ids.Length, tokenizer.CountTokens(bytes));
        }
    }

    // Guards against an end of the buffer, a long piece or a cache slot that gives other tokens than the word alone.
    [Fact]
    public void Encode_TextOfManyPieces_EqualsItsPiecesOneByOne()
    {
        var tokenizer = TestTokenizers.Train(s_corpus, vocabularySize: 800);
        var random = new Random(4);
        var words = Enumerable.Range(0, 20_000)
            .Select(_ => " " + new string(
                [.. Enumerable.Range(0, 1 + random.Next(20)).Select(_ => "etahorn"[random.Next(7)])]))
            .ToArray();

        Assert.Equal(words.SelectMany(word => tokenizer.Encode(word)), tokenizer.Encode(string.Concat(words)));
    }

    // Guards against characters that are encoded apart although a merge crosses from one to the next.
    [Theory]
    [InlineData("一丁七万")]
    [InlineData("中丈乢乣伀")]
    [InlineData("é鍩")]
    [InlineData("aé一𠀀")]
    [InlineData("好")]
    public void Encode_CharactersOfSeveralBytes_EqualsTheNaiveAlgorithm(string alphabet)
    {
        var characters = alphabet.EnumerateRunes().ToArray();
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            var trained = TestTokenizers.Train(Letters(random, characters, 150), vocabularySize: 280 + 10 * seed);
            for (var i = 0; i < 20; i++)
                AssertNaive((BpeTokenizer)trained, Letters(random, characters, random.Next(1, 50)));
        }
    }

    [Theory]
    [InlineData("cl100k")]
    [InlineData("o200k")]
    public void Encode_LettersOfEastAsia_EqualsTheNaiveAlgorithm(string id)
    {
        var characters = "的一是不了人我在有他这为之大来以个中上们日本語のはがをにーカタナ東京大学한국어는이다글нет".EnumerateRunes().ToArray();
        var tokenizer = (BpeTokenizer)TokenizerFiles.LoadById(Path.GetTempPath(), id);
        var random = new Random(3);
        for (var i = 0; i < 15; i++)
            AssertNaive(tokenizer, Letters(random, characters, random.Next(2, 60)));
    }

    private static string Letters(Random random, Rune[] characters, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => characters[random.Next(characters.Length)]));

    private static void AssertNaive(BpeTokenizer tokenizer, string piece) =>
        Assert.Equal(NaiveBpe.EncodeByMerges(tokenizer, Encoding.UTF8.GetBytes(piece)), tokenizer.Encode(piece));

    // Pieces below and above the length from which a heap takes the place of a scan.
    [Theory]
    [InlineData(5)]
    [InlineData(95)]
    [InlineData(96)]
    [InlineData(97)]
    [InlineData(400)]
    public void Encode_PieceOfAnyLength_EqualsTheNaiveAlgorithm(int length)
    {
        var tokenizer = TestTokenizers.Train(s_corpus, vocabularySize: 800);
        var random = new Random(length);
        for (var i = 0; i < 20; i++)
        {
            var piece = new string([.. Enumerable.Range(0, length).Select(_ => "abtherTn"[random.Next(8)])]);

            Assert.Equal(NaiveBpe.Encode(tokenizer, piece), tokenizer.Encode(piece));
        }
    }

    [Fact]
    public void Encode_ManyThreads_GivesTheSame()
    {
        var tokenizer = TestTokenizers.Train(s_corpus, vocabularySize: 800);
        var texts = Enumerable.Range(0, 64).Select(seed => TestTokenizers.RandomText(seed, 500)).ToArray();
        var expected = texts.Select(text => tokenizer.Encode(text)).ToArray();
        var actual = new int[texts.Length][];

        Parallel.For(0, texts.Length, i => actual[i] = tokenizer.Encode(texts[i]));

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Encode_IntoBuffer_Appends()
    {
        var tokenizer = TestTokenizers.Train(s_corpus);
        var buffer = new TokenBuffer(capacity: 1);

        buffer.Add(tokenizer.EndOfText!.Value);
        tokenizer.Encode(Encoding.UTF8.GetBytes(s_corpus), buffer);

        Assert.Equal([tokenizer.EndOfText.Value, .. tokenizer.Encode(s_corpus)], buffer.ToArray());
    }

    [Fact]
    public void Encode_SpecialToken_IsTextUnlessAllowed()
    {
        var tokenizer = TestTokenizers.Train(s_corpus);
        var end = tokenizer.EndOfText!.Value;

        Assert.DoesNotContain(end, tokenizer.Encode("a<|endoftext|>b"));
        Assert.Equal(
            [.. tokenizer.Encode("a"), end, .. tokenizer.Encode("b"), end],
            tokenizer.Encode("a<|endoftext|>b<|endoftext|>", SpecialTokenHandling.Allowed));
        Assert.Equal("a<|endoftext|>b", tokenizer.Decode(tokenizer.Encode("a<|endoftext|>b")));
    }

    [Fact]
    public void EncodeWithOffsets_Text_CoversItsBytes()
    {
        var tokenizer = TestTokenizers.Train(s_corpus);
        var bytes = Encoding.UTF8.GetBytes("naïve 明月 <|endoftext|> 𠀀!");

        var spans = tokenizer.EncodeWithOffsets(bytes, SpecialTokenHandling.Allowed);

        Assert.All(spans, span => Assert.Equal(
            bytes.AsSpan(span.Offset, span.Length).ToArray(), tokenizer.TokenBytes(span.Id).ToArray()));
        Assert.Equal(bytes.Length, spans.Sum(span => span.Length));
    }

    [Fact]
    public void StreamDecoder_AnySplit_NeverEmitsHalfACharacter()
    {
        var tokenizer = TestTokenizers.Train("plain", vocabularySize: 257); // every byte a token
        var text = "é明𠀀👩‍👩‍👧 plain\u0301";
        var decoder = tokenizer.CreateStreamDecoder();
        var parts = tokenizer.Encode(text).Select(decoder.Append).ToArray();

        Assert.DoesNotContain(parts, part => part.Contains('\uFFFD', StringComparison.Ordinal));
        Assert.Equal(text, string.Concat(parts));
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void StreamDecoder_RandomBytes_EqualsDecodingAtOnce()
    {
        var tokenizer = TestTokenizers.Train("plain", vocabularySize: 257);
        var random = new Random(11);
        for (var i = 0; i < 500; i++)
        {
            // Bytes that begin and continue characters more often than by chance.
            var bytes = Enumerable.Range(0, 12).Select(_ => (byte)(random.Next(4) switch
            {
                0 => random.Next(0x80),
                1 => random.Next(0x80, 0xC0),
                _ => random.Next(0xC0, 0x100),
            })).ToArray();
            var ids = tokenizer.Encode(bytes);
            var decoder = tokenizer.CreateStreamDecoder();

            var streamed = string.Concat(ids.Select(decoder.Append)) + decoder.Flush();

            Assert.Equal(tokenizer.Decode(ids), streamed);
        }
    }

    [Fact]
    public void Decode_IdOutOfRange_Throws()
    {
        var tokenizer = TestTokenizers.Train("plain", vocabularySize: 257);

        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode((ReadOnlySpan<int>)[257]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode((ReadOnlySpan<int>)[-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.CreateStreamDecoder().Append(300));
    }

    [Fact]
    public void Encode_LoneSurrogate_IsReplaced()
    {
        var tokenizer = TestTokenizers.Train("plain", vocabularySize: 257);

        Assert.Equal("a\uFFFDb", tokenizer.Decode(tokenizer.Encode("a\uD800b")));
    }

    [Fact]
    public void AbstractTokenizer_AnyCaller_SeesTheSameTokens()
    {
        var own = TestTokenizers.Train(s_corpus);
        Tokenizer tokenizer = own;
        var text = "naïve 明月 there𠀀 don't";
        var ids = own.Encode(text);

        Assert.Equal(ids, tokenizer.EncodeToIds(text));
        Assert.Equal(ids.Length, tokenizer.CountTokens(text));
        Assert.Equal(text, tokenizer.Decode(ids));
        var tokens = tokenizer.EncodeToTokens(text, out _);
        Assert.Equal(ids, tokens.Select(token => token.Id));
        Assert.Equal(0, tokens[0].Offset.Start.Value);
        Assert.Equal(text.Length, tokens[^1].Offset.End.Value);
        var few = tokenizer.EncodeToIds(text, maxTokenCount: 5, out _, out var charsConsumed);
        Assert.Equal(text[..charsConsumed], own.Decode([.. few]));
        Assert.InRange(few.Count, 1, 5);
        var start = tokenizer.GetIndexByTokenCountFromEnd(text, 4, out _, out var tokenCount);
        Assert.Equal(own.Decode(ids.AsSpan()[^tokenCount..]), text[start..]);
        var destination = new char[text.Length];
        Assert.Equal(OperationStatus.Done, tokenizer.Decode(ids, destination, out var idsConsumed, out var written));
        Assert.Equal((ids.Length, text.Length, text), (idsConsumed, written, new string(destination)));
        Assert.Equal(
            OperationStatus.DestinationTooSmall, tokenizer.Decode(ids, destination.AsSpan(0, 3), out _, out _));
    }
}
