using System.Text;
using System.Text.Json;

namespace Platform.Tokenization.Tests;

public sealed class VectorTests
{
    [Fact]
    public void Encode_Gpt2_EqualsTiktoken() => CheckVectors(TestTokenizers.Gpt2(), "gpt2");

    [Fact]
    public void Encode_Gpt2FromRanks_EqualsTiktoken() =>
        CheckVectors(TestTokenizers.FromRanks("gpt2", "r50k_base.tiktoken"), "gpt2");

    [Fact]
    public void Encode_Cl100k_EqualsTiktoken() =>
        CheckVectors(TestTokenizers.FromRanks("cl100k", "cl100k_base.tiktoken"), "cl100k_base");

    [Fact]
    public void Encode_O200k_EqualsTiktoken() =>
        CheckVectors(TestTokenizers.FromRanks("o200k", "o200k_base.tiktoken"), "o200k_base");

    [Fact]
    public void Encode_SpecialTokensAllowed_EqualsTiktoken()
    {
        var tokenizer = TestTokenizers.Gpt2();
        var checkedCases = 0;
        foreach (var vector in ReadVectors().Where(vector => vector.TryGetProperty("gpt2_special", out _)))
        {
            var expected = vector.GetProperty("gpt2_special").Deserialize<int[]>();
            Assert.Equal(
                expected,
                tokenizer.Encode(vector.GetProperty("text").GetString()!, SpecialTokenHandling.Allowed));
            checkedCases++;
        }

        Assert.True(checkedCases > 1);
    }

    // Texts of all scripts drawn by tests/reference/tiktoken_vectors.mjs; TIKTOKEN_VECTORS names a file with more.
    [Theory]
    [InlineData("gpt2", "gpt2")]
    [InlineData("cl100k", "cl100k_base")]
    [InlineData("o200k", "o200k_base")]
    public void Encode_DrawnTexts_EqualsTiktoken(string id, string encoding)
    {
        using var folder = new TempFolder();
        var tokenizer = id == "gpt2" ? TestTokenizers.Gpt2() : TokenizerFiles.LoadById(folder.Path, id);
        var path = Environment.GetEnvironmentVariable("TIKTOKEN_VECTORS")
            ?? Path.Combine(AppContext.BaseDirectory, "tiktoken_vectors.jsonl");

        Assert.True(CheckVectors(tokenizer, encoding, Read(path)) >= 150);
    }

    private static void CheckVectors(TextTokenizer tokenizer, string encoding) =>
        Assert.Equal(110, CheckVectors(tokenizer, encoding, ReadVectors()));

    private static int CheckVectors(TextTokenizer tokenizer, string encoding, IEnumerable<JsonElement> vectors)
    {
        var count = 0;
        foreach (var vector in vectors)
        {
            var text = vector.GetProperty("text").GetString()!;
            var ids = tokenizer.Encode(text);
            Assert.True(vector.GetProperty(encoding).Deserialize<int[]>()!.SequenceEqual(ids),
                $"{encoding} differs for {JsonSerializer.Serialize(text)}: [{string.Join(", ", ids)}]");
            Assert.Equal(text, tokenizer.Decode(ids));
            count++;
        }

        return count;
    }

    private static IEnumerable<JsonElement> ReadVectors() =>
        Read(SharedData.Require("tokenizer-vectors/tiktoken_vectors_shared.jsonl"));

    private static IEnumerable<JsonElement> Read(string path) =>
        File.ReadLines(path, Encoding.UTF8).Select(line => JsonDocument.Parse(line).RootElement);
}
