using System.Text;
using Platform.Tokenization.Training;

namespace Platform.Tokenization.Tests;

/// <summary>Tokenizers that several tests use.</summary>
internal static class TestTokenizers
{
    public const string EndOfText = "<|endoftext|>";

    /// <summary>GPT-2's own, from the shared samples; skips the test where they are absent.</summary>
    public static TextTokenizer Gpt2() => TokenizerFiles.Load(SharedData.Require("gpt2-bpe"));

    /// <summary>A built-in tokenizer from its rank file among the shared samples.</summary>
    public static TextTokenizer FromRanks(string id, string fileName)
    {
        var source = SharedData.Require($"tiktoken-ranks/{fileName}");
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder[id]);
        File.CreateSymbolicLink(folder[$"{id}/{fileName}"], source);
        return TokenizerFiles.LoadById(folder.Path, id);
    }

    /// <summary>A small BPE of a text.</summary>
    public static TextTokenizer Train(
        string text, int vocabularySize = 400, PretokenizerPattern? pattern = null, long minFrequency = 1) =>
        TokenizerTrainer.Train(
            [TextChunk.Document(text)],
            new TokenizerTrainingOptions
            {
                VocabularySize = vocabularySize,
                MinFrequency = minFrequency,
                Pattern = pattern ?? PretokenizerPattern.Gpt2,
                SpecialTokens = [EndOfText],
            },
            cancellationToken: TestContext.Current.CancellationToken).Tokenizer;

    /// <summary>Words of a few scripts, spaces and punctuation, drawn by a seed.</summary>
    public static string RandomText(int seed, int words)
    {
        string[] parts = ["the", "there", "Then", "other", "aaaa", "aaa", "abab", "1234567", "don't", "WE'LL", "naïve",
            "春风又绿江南岸", "明月何时照我还。", "привет", "𝔘𝔫𝔦", "𠀀𠀁", "e\u0301e\u0301", "👩‍👩‍👧", "...", "!?", "\n", "\r\n\r\n",
            "\t", "   ", "", "x=1;", "\u00a0", "HTTPServer", "'s", "'S", "ǅungla", "\u0301"];
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var i = 0; i < words; i++)
        {
            text.Append(parts[random.Next(parts.Length)]);
            if (random.Next(3) > 0)
                text.Append(' ');
        }

        return text.ToString();
    }
}
