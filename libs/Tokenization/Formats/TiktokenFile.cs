using System.Globalization;
using System.Text;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Formats;

/// <summary>OpenAI's <c>.tiktoken</c> files: one token a line, its bytes in base64 and its rank, which is its id.
/// </summary>
internal static class TiktokenFile
{
    public static BpeTokenizer Read(
        string path, PretokenizerPattern pattern, IReadOnlyDictionary<string, int> specials) =>
        Read(File.ReadLines(path), path, pattern, specials);

    public static BpeTokenizer Read(
        byte[] content, string name, PretokenizerPattern pattern, IReadOnlyDictionary<string, int> specials) =>
        Read(Encoding.ASCII.GetString(content).Split('\n'), name, pattern, specials);

    private static BpeTokenizer Read(
        IEnumerable<string> lines, string path, PretokenizerPattern pattern, IReadOnlyDictionary<string, int> specials)
    {
        var tokens = new List<byte[]?>();
        var lineNumber = 0;
        foreach (var line in lines)
        {
            lineNumber++;
            if (line.Length == 0)
                continue;
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var bytes = new byte[line.Length];
            if (space <= 0 || !Convert.TryFromBase64Chars(line.AsSpan(0, space), bytes, out var length) || length == 0
                || !int.TryParse(line.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var rank)
                || rank > 1 << 24)
            {
                throw new TokenizerFormatException($"{path}: line {lineNumber} is not 'base64 rank'.");
            }

            while (tokens.Count <= rank)
                tokens.Add(null);
            if (tokens[rank] is not null)
                throw new TokenizerFormatException($"{path}: line {lineNumber}: the rank {rank} comes twice.");
            tokens[rank] = bytes[..length];
        }

        if (tokens.Count == 0)
            throw new TokenizerFormatException($"{path} has no tokens.");
        var merges = AllSplits(tokens);
        foreach (var (text, id) in specials)
        {
            while (tokens.Count <= id)
                tokens.Add(null);
            if (tokens[id] is not null)
                throw new TokenizerFormatException($"{path}: the id {id} of {text} is another token's.");
            tokens[id] = Encoding.UTF8.GetBytes(text);
        }

        return new BpeTokenizer(
            new BpeModel(new Vocabulary(tokens), merges, WholePieces: true), pattern, new SpecialTokenTable(specials));
    }

    /// <summary>tiktoken merges any two neighbours whose joint bytes are a token, at that token's rank: every split
    /// of a token into two tokens is a merge.</summary>
    private static List<Merge> AllSplits(List<byte[]?> tokens)
    {
        var table = new WholePieceTable(new Vocabulary(tokens), _ => false);
        var merges = new List<Merge>(tokens.Count * 3);
        for (var id = 0; id < tokens.Count; id++)
        {
            var bytes = tokens[id].AsSpan();
            for (var cut = 1; cut < bytes.Length; cut++)
            {
                var left = table.Find(bytes[..cut]);
                var right = left < 0 ? -1 : table.Find(bytes[cut..]);
                if (right >= 0)
                    merges.Add(new Merge(left, right, id, id));
            }
        }

        return merges;
    }
}
