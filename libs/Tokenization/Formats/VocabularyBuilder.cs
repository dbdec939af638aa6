using System.Text;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization.Formats;

/// <summary>From tokens and merges as the files write them to what the tokenizers work with.</summary>
internal static class VocabularyBuilder
{
    private const int MaxId = 1 << 24;

    /// <summary>A byte-level BPE from tokens and merges in GPT-2's printable characters.</summary>
    public static BpeTokenizer BuildBpe(
        Dictionary<string, int> ids, Dictionary<string, int> specials, List<(string Left, string Right)> merges,
        bool wholePieces, PretokenizerPattern pattern)
    {
        var vocabulary = Build(ids, specials, text => Gpt2Bytes.ToBytes(text)
            ?? throw new TokenizerFormatException($"The token {text} has a character that stands for no byte."));
        var byRank = new List<Merge>(merges.Count);
        foreach (var (left, right) in merges)
            byRank.Add(new Merge(Id(left), Id(right), byRank.Count, Id(left + right)));
        return new BpeTokenizer(
            new BpeModel(vocabulary, byRank, wholePieces), pattern, new SpecialTokenTable(specials));

        int Id(string token) => ids.TryGetValue(token, out var id) ? id : throw new TokenizerFormatException(
            $"Merge {byRank.Count} needs the token {token}, which the vocabulary does not have.");
    }

    /// <summary>The bytes of every id.</summary>
    public static Vocabulary Build(
        Dictionary<string, int> ids, Dictionary<string, int> specials, Func<string, byte[]> toBytes)
    {
        var tokens = new List<byte[]?>();
        foreach (var (text, id) in ids)
        {
            if (!specials.ContainsKey(text))
                Set(id, text, toBytes(text));
        }

        foreach (var (text, id) in specials)
            Set(id, text, Encoding.UTF8.GetBytes(text));
        return new Vocabulary(tokens);

        void Set(int id, string text, byte[] bytes)
        {
            if (id is < 0 or > MaxId)
                throw new TokenizerFormatException($"The token {text} has the id {id}, which is out of range.");
            while (tokens.Count <= id)
                tokens.Add(null);
            if (tokens[id] is not null)
                throw new TokenizerFormatException($"Two tokens have the id {id}; one is {text}.");
            tokens[id] = bytes;
        }
    }
}
