using System.Text;

namespace Platform.Tokenization.Tests;

/// <summary>Files in every format, out and in again.</summary>
public sealed class ImportTests : IDisposable
{
    private static readonly string s_text = TestTokenizers.RandomText(seed: 21, words: 4000);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TokenizerFormat.HuggingFace, "gpt2")]
    [InlineData(TokenizerFormat.HuggingFace, "o200k")]
    [InlineData(TokenizerFormat.HuggingFace, @"\p{L}+|\s|[^\p{L}\s]+")]
    [InlineData(TokenizerFormat.VocabMerges, "gpt2")]
    [InlineData(TokenizerFormat.Tiktoken, "gpt2")]
    [InlineData(TokenizerFormat.Tiktoken, "cl100k")]
    [InlineData(TokenizerFormat.Tiktoken, @"\p{L}+|\s|[^\p{L}\s]+")]
    public void Import_ExportedTokenizer_GivesTheSameIds(TokenizerFormat format, string pattern)
    {
        var tokenizer = TestTokenizers.Train(s_text, 700, PretokenizerPattern.Parse(pattern));

        var files = TokenizerFiles.Export(tokenizer, format, _folder.Path);
        var imported = (BpeTokenizer)TokenizerFiles.Import([_folder.Path]);

        Assert.All(files, file => Assert.True(File.Exists(_folder[file]), file));
        Assert.Equal(PretokenizerPattern.Parse(pattern), imported.Pattern);
        AssertSame(tokenizer, imported);
    }

    [Theory]
    [InlineData("gpt2", TokenizerFormat.HuggingFace)]
    [InlineData("gpt2", TokenizerFormat.VocabMerges)]
    [InlineData("gpt2", TokenizerFormat.Tiktoken)]
    [InlineData("cl100k", TokenizerFormat.HuggingFace)]
    [InlineData("cl100k", TokenizerFormat.Tiktoken)]
    [InlineData("o200k", TokenizerFormat.Tiktoken)]
    public void Import_ExportedBuiltIn_GivesTheSameIds(string id, TokenizerFormat format)
    {
        var tokenizer = id == "gpt2" ? TestTokenizers.Gpt2() : TokenizerFiles.LoadById(_folder.Path, id);

        var files = TokenizerFiles.Export(tokenizer, format, _folder["out"]);

        AssertSame(tokenizer, TokenizerFiles.Import([.. files.Select(file => _folder[$"out/{file}"])]));
    }

    // The ranks that come as packages are OpenAI's own: their SHA-256 is checked when they are read.
    [Theory]
    [InlineData("gpt2", 50257, 50000)]
    [InlineData("cl100k", 100277, 100000)]
    [InlineData("o200k", 200019, 199742)]
    public void LoadById_PackagedEncoding_NeedsNoFiles(string id, int vocabularySize, int merges)
    {
        var tokenizer = (BpeTokenizer)TokenizerFiles.LoadById(_folder.Path, id);
        var described = TokenizerFiles.FindBuiltIn(id)!;

        Assert.Equal((vocabularySize, merges), (tokenizer.VocabularySize, tokenizer.MergeCount));
        Assert.Equal((vocabularySize, merges), (described.VocabularySize, described.MergeCount));
        Assert.Equal(described.SpecialTokens, tokenizer.SpecialTokens);
    }

    [Fact]
    public void Export_Gpt2ToTiktoken_GivesOpenAisOwnFile()
    {
        var expected = File.ReadAllBytes(SharedData.Require("tiktoken-ranks/r50k_base.tiktoken"));

        TokenizerFiles.Export(TestTokenizers.Gpt2(), TokenizerFormat.Tiktoken, _folder.Path);

        Assert.Equal(expected, File.ReadAllBytes(_folder["tokenizer.tiktoken"]));
    }

    [Fact]
    public void LoadById_R50k_IsGpt2UnderAnotherName()
    {
        var ranks = SharedData.Require("tiktoken-ranks/r50k_base.tiktoken");
        Directory.CreateDirectory(_folder["r50k"]);

        TokenizerFiles.ImportBuiltIn("r50k", [ranks], _folder["r50k"]);

        var tokenizer = TokenizerFiles.LoadById(_folder.Path, "r50k");
        Assert.Equal(TestTokenizers.Gpt2().Encode(s_text), tokenizer.Encode(s_text));
        AssertSame(tokenizer, TokenizerFiles.LoadById(_folder.Path, "gpt2"));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("r50k")]
    public void LoadById_Gpt2OfThePackage_IsTheOneOfItsOwnFiles(string id) =>
        AssertSame(TestTokenizers.Gpt2(), TokenizerFiles.LoadById(_folder.Path, id));

    [Fact]
    public void ImportBuiltIn_OtherFile_IsRefused()
    {
        File.WriteAllText(_folder["cl100k_base.tiktoken"], "YQ== 0\n");

        var error = Assert.Throws<TokenizerFormatException>(
            () => TokenizerFiles.ImportBuiltIn("cl100k", [_folder["cl100k_base.tiktoken"]], _folder.Path));

        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_KnownRankFile_KnowsItsPatternAndSpecials()
    {
        var imported = (BpeTokenizer)TokenizerFiles.Import([SharedData.Require("tiktoken-ranks/cl100k_base.tiktoken")]);

        Assert.Equal((PretokenizerPattern.Cl100k, 100257), (imported.Pattern, imported.EndOfText));
    }

    [Fact]
    public void Import_UnknownRankFile_NeedsAPattern()
    {
        var trained = TestTokenizers.Train(s_text, 300);
        TokenizerFiles.Export(trained, TokenizerFormat.Tiktoken, _folder.Path);
        string[] ranks = [_folder["tokenizer.tiktoken"]];

        var error = Assert.Throws<TokenizerFormatException>(() => TokenizerFiles.Import(ranks));
        Assert.Contains("pattern", error.Message, StringComparison.Ordinal);
        AssertSame(trained, TokenizerFiles.Import(ranks, new TokenizerImportOptions
        {
            Pattern = PretokenizerPattern.Gpt2,
            SpecialTokens = trained.SpecialTokens,
        }));
    }

    [Fact]
    public void Import_SpecialTokenOnTheIdOfAnother_IsRefused()
    {
        File.WriteAllText(_folder["x.tiktoken"], "YQ== 0\nYg== 1\n");

        Assert.Throws<TokenizerFormatException>(() => TokenizerFiles.Import([_folder["x.tiktoken"]], new()
        {
            Pattern = PretokenizerPattern.Gpt2,
            SpecialTokens = new Dictionary<string, int> { ["<x>"] = 1 },
        }));
    }

    [Theory]
    [InlineData(TokenizerFormat.VocabMerges, "cl100k")]
    [InlineData(TokenizerFormat.VocabMerges, "o200k")]
    public void Export_FormatThatCannotSayIt_IsRefused(TokenizerFormat format, string pattern)
    {
        var tokenizer = TestTokenizers.Train(s_text, 300, PretokenizerPattern.Parse(pattern));

        Assert.Throws<TokenizerFormatException>(() => TokenizerFiles.Export(tokenizer, format, _folder.Path));
    }

    // Guards against a pair of files that would be read with GPT-2's pattern, which it implies.
    [Fact]
    public void Save_OtherPattern_WritesNoPairOfFiles()
    {
        TokenizerFiles.Save(TestTokenizers.Train(s_text, 300, PretokenizerPattern.Cl100k), _folder.Path);

        Assert.False(File.Exists(_folder["merges.txt"]));
    }

    [Fact]
    public void Export_VocabularyWithoutAllBytes_IsNoTiktokenFile()
    {
        File.WriteAllText(_folder["tokenizer.json"],
            """{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""");

        Assert.Throws<TokenizerFormatException>(() => TokenizerFiles.Export(
            TokenizerFiles.Load(_folder.Path), TokenizerFormat.Tiktoken, _folder["out"]));
    }

    [Fact]
    public void Import_NothingThatIsATokenizer_SaysWhatCanBeRead()
    {
        File.WriteAllText(_folder["readme.txt"], "hello");

        var error = Assert.Throws<TokenizerFilesMissingException>(() => TokenizerFiles.Import([_folder.Path]));

        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_GgufOfGpt2sVocabulary_GivesGpt2()
    {
        var source = SharedData.Require("gpt2-bpe");
        TestGguf.Write(_folder["gpt2.gguf"], source);

        var imported = (BpeTokenizer)TokenizerFiles.Import([_folder["gpt2.gguf"]]);

        Assert.Equal(PretokenizerPattern.Gpt2, imported.Pattern);
        AssertSame(TokenizerFiles.Load(source), imported);
    }

    // The sample's tokens were damaged on their way (U+FFFD in the place of bytes): it must not be taken as it is.
    [Fact]
    public void Import_DamagedGguf_NamesTheToken()
    {
        var error = Assert.Throws<TokenizerFormatException>(
            () => TokenizerFiles.Import([SharedData.Require("llamacpp-gpt2-vocab/ggml-vocab-gpt-2.gguf")]));

        Assert.Contains("gguf", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(30)]
    [InlineData(400)]
    public void Import_TruncatedGguf_SaysSo(int length)
    {
        TestGguf.WriteSmall(_folder["small.gguf"], ["a", "b", "ab"], ["a b"], "gpt-2");
        var bytes = File.ReadAllBytes(_folder["small.gguf"]);
        File.WriteAllBytes(_folder["cut.gguf"], bytes[..Math.Min(length, bytes.Length - 1)]);

        Assert.Throws<TokenizerFormatException>(() => TokenizerFiles.Import([_folder["cut.gguf"]]));
    }

    [Fact]
    public void Import_GgufOfUnknownPretokenizer_NeedsAPattern()
    {
        TestGguf.WriteSmall(_folder["small.gguf"], ["a", "b", "ab", "<|endoftext|>"], ["a b"], "somebody-elses");

        var error = Assert.Throws<TokenizerFormatException>(() => TokenizerFiles.Import([_folder["small.gguf"]]));
        Assert.Contains("somebody-elses", error.Message, StringComparison.Ordinal);
        var imported = TokenizerFiles.Import(
            [_folder["small.gguf"]], new TokenizerImportOptions { Pattern = PretokenizerPattern.Gpt2 });
        Assert.Equal([2, 3, 0], imported.Encode("ab<|endoftext|>a", SpecialTokenHandling.Allowed));
    }

    private static void AssertSame(TextTokenizer expected, TextTokenizer actual)
    {
        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        Assert.Equal(expected.SpecialTokens, actual.SpecialTokens);
        foreach (var text in (string[])[s_text, "<|endoftext|> a<|endoftext|>"])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Assert.Equal(expected.Encode(bytes), actual.Encode(bytes));
            Assert.Equal(
                expected.Encode(bytes, SpecialTokenHandling.Allowed),
                actual.Encode(bytes, SpecialTokenHandling.Allowed));
        }
    }
}
