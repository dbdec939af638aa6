using Platform.Tokenization.Training;

namespace Platform.Tokenization.Tests;

public sealed class FormatTests : IDisposable
{
    private static readonly string s_text = TestTokenizers.RandomText(seed: 2, words: 3000);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("o200k")]
    [InlineData(@"\p{L}+|\s|[^\p{L}\s]+")]
    public void Load_SavedTokenizer_GivesTheSameIds(string pattern)
    {
        var tokenizer = (BpeTokenizer)TestTokenizers.Train(s_text, pattern: PretokenizerPattern.Parse(pattern));
        TokenizerFiles.Save(tokenizer, _folder.Path);

        var loaded = (BpeTokenizer)TokenizerFiles.Load(_folder.Path);

        AssertSame(tokenizer, loaded);
        Assert.Equal(tokenizer.Pattern, loaded.Pattern);
    }

    [Fact]
    public void Load_VocabAndMergesOnly_GivesTheSameIds()
    {
        var tokenizer = TestTokenizers.Train(s_text);
        TokenizerFiles.Save(tokenizer, _folder.Path);
        File.Delete(_folder["tokenizer.json"]);

        AssertSame(tokenizer, TokenizerFiles.Load(_folder.Path));
    }

    [Fact]
    public void Load_SavedCharacterTokenizer_GivesTheSameIds()
    {
        var tokenizer = TokenizerTrainer.Train(
            [TextChunk.Document(s_text)],
            new TokenizerTrainingOptions
            {
                Algorithm = TokenizerAlgorithm.Character,
                SpecialTokens = ["<|endoftext|>"],
            },
            cancellationToken: TestContext.Current.CancellationToken).Tokenizer;
        TokenizerFiles.Save(tokenizer, _folder.Path);

        var loaded = TokenizerFiles.Load(_folder.Path);

        Assert.Equal(TokenizerAlgorithm.Character, loaded.Algorithm);
        AssertSame(tokenizer, loaded);
    }

    [Fact]
    public void Load_SavedRankTokenizer_GivesTheSameIds()
    {
        var tokenizer = TestTokenizers.FromRanks("cl100k", "cl100k_base.tiktoken");
        TokenizerFiles.Save(tokenizer, _folder.Path);

        var loaded = TokenizerFiles.Load(_folder.Path);

        AssertSame(tokenizer, loaded);
        Assert.Equal(100277, loaded.VocabularySize);
        Assert.Equal(100257, loaded.EndOfText);
        // A hole in the vocabulary is no token.
        Assert.Throws<ArgumentOutOfRangeException>(() => loaded.Decode((ReadOnlySpan<int>)[100256]));
    }

    [Fact]
    public void LoadById_Gpt2FromItsFiles_ChecksTheirHashes()
    {
        var source = SharedData.Require("gpt2-bpe");
        Directory.CreateDirectory(_folder["gpt2"]);
        File.Copy(Path.Combine(source, "encoder.json"), _folder["gpt2/vocab.json"]);
        File.Copy(Path.Combine(source, "vocab.bpe"), _folder["gpt2/merges.txt"]);
        var tokenizer = TokenizerFiles.LoadById(_folder.Path, "gpt2");
        Assert.Equal((50257, 50256), (tokenizer.VocabularySize, tokenizer.EndOfText));
        AssertSame(TokenizerFiles.Load(source), tokenizer);

        File.SetAttributes(_folder["gpt2/merges.txt"], FileAttributes.Normal);
        File.AppendAllText(_folder["gpt2/merges.txt"], "a b\n");

        var error = Assert.Throws<TokenizerFormatException>(() => TokenizerFiles.LoadById(_folder.Path, "gpt2"));
        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadById_FilesMissing_NamesFilesAndFolder()
    {
        var error = Assert.Throws<TokenizerFilesMissingException>(() => TokenizerFiles.LoadById(_folder.Path, "mine"));

        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder["mine"], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sshleifer-tiny-gpt2", "Hello, world!")]
    [InlineData("lm-buddy-tiny-gpt2", " lowest wider newer")]
    public void Load_CheckpointFolder_EncodesAsItsVocabulary(string name, string text)
    {
        var tokenizer = TokenizerFiles.Load(SharedData.Require($"checkpoints/{name}"));

        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.NotNull(tokenizer.EndOfText);
    }

    [Theory]
    [InlineData("{", "tokenizer.json")]
    [InlineData("{}", "tokenizer.json")]
    [InlineData("""{"model":{"type":"WordPiece"}}""", "WordPiece")]
    [InlineData("""{"normalizer":{"type":"NFC"},"model":{"type":"BPE","vocab":{},"merges":[]}}""", "normalizer")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "pre-tokenizer")]
    [InlineData(
        """{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "b")]
    [InlineData(
        """{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":["ab"]}}""", "merge 0")]
    [InlineData(
        """{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},"model":{"vocab":{},"merges":[]}}""",
        "add_prefix_space")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}""", "id 0")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"ab":0},"merges":[]}}""", "one character")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":-3},"merges":[]}}""", "-3")]
    public void Load_BadDefinition_SaysWhy(string json, string expected)
    {
        File.WriteAllText(_folder["tokenizer.json"], json);

        var error = Assert.Throws<TokenizerFormatException>(() => TokenizerFiles.Load(_folder.Path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder["tokenizer.json"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_VocabularyWithoutTheByte_SaysWhichByte()
    {
        File.WriteAllText(_folder["tokenizer.json"],
            """{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""");
        var tokenizer = TokenizerFiles.Load(_folder.Path);

        Assert.Equal([0, 0], tokenizer.Encode("aa"));
        Assert.Contains("0x62", Assert.Throws<UnknownCharacterException>(() => tokenizer.Encode("ab")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_BadPattern_SaysWhy() =>
        Assert.Throws<TokenizerFormatException>(() => PretokenizerPattern.Parse("(unclosed"));

    private static void AssertSame(TextTokenizer expected, TextTokenizer actual)
    {
        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        Assert.Equal(expected.SpecialTokens, actual.SpecialTokens);
        Assert.Equal(expected.Encode(s_text), actual.Encode(s_text));
        for (var id = 0; id < expected.VocabularySize; id++)
            Assert.True(expected.TokenBytes(id).SequenceEqual(actual.TokenBytes(id)));
    }
}
