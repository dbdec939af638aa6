using System.Text.Json;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Formats;

/// <summary>GPT-2's pair of files: the tokens (<c>vocab.json</c>, <c>encoder.json</c>) and the merges
/// (<c>merges.txt</c>, <c>vocab.bpe</c>).</summary>
internal static class MergesFile
{
    private static readonly (string Vocab, string Merges)[] s_names =
        [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")];

    /// <summary>Both files in a folder under either pair of names; null where a pair is not there.</summary>
    public static (string Vocab, string Merges)? FindPair(string folder)
    {
        foreach (var (vocabName, mergesName) in s_names)
        {
            var (vocab, merges) = (Path.Combine(folder, vocabName), Path.Combine(folder, mergesName));
            if (File.Exists(vocab) && File.Exists(merges))
                return (vocab, merges);
        }

        return null;
    }

    /// <summary>Whether a file's name is that of the tokens; false: of the merges; null: of neither.</summary>
    public static bool? IsVocab(string fileName) => s_names.Any(pair => pair.Vocab == fileName) ? true
        : s_names.Any(pair => pair.Merges == fileName) ? false : null;

    /// <summary>Reads both. Tokens that no merge makes and that are no single byte are the special ones.</summary>
    public static BpeTokenizer Read(string vocabPath, string mergesPath, PretokenizerPattern pattern)
    {
        var ids = ReadVocab(vocabPath);
        var merges = new List<(string Left, string Right)>();
        var lineNumber = 0;
        foreach (var line in File.ReadLines(mergesPath))
        {
            lineNumber++;
            // Only the first line is a comment; a later one that begins with # merges such tokens.
            if (line.Length == 0 || lineNumber == 1 && line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            merges.Add(Split(line, $"{mergesPath}: line {lineNumber}"));
        }

        var made = merges.Select(merge => merge.Left + merge.Right).ToHashSet();
        var specials = ids
            .Where(token => !made.Contains(token.Key) && Gpt2Bytes.ToBytes(token.Key) is not { Length: 1 })
            .ToDictionary();
        try
        {
            return VocabularyBuilder.BuildBpe(ids, specials, merges, wholePieces: false, pattern);
        }
        catch (TokenizerFormatException e)
        {
            throw new TokenizerFormatException($"{vocabPath} and {mergesPath}: {e.Message}", e);
        }
    }

    /// <summary>The two tokens of a merge, which are written with a space between them.</summary>
    public static (string Left, string Right) Split(string merge, string where)
    {
        var space = merge.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0 || space == merge.Length - 1 || merge.IndexOf(' ', space + 1) >= 0)
            throw new TokenizerFormatException($"{where}: '{merge}' is not two tokens with a space between them.");
        return (merge[..space], merge[(space + 1)..]);
    }

    private static Dictionary<string, int> ReadVocab(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<Dictionary<string, int>>(stream)
                ?? throw new TokenizerFormatException($"{path} is empty.");
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException($"{path}: {e.Message}", e);
        }
    }
}
