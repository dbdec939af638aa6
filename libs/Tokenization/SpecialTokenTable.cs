using System.Buffers;
using System.Text;

namespace Platform.Tokenization;

/// <summary>The special tokens of a tokenizer, found in text by their bytes, the longest first.</summary>
internal sealed class SpecialTokenTable
{
    private static readonly string[] s_endOfTextNames = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"];

    private readonly (byte[] Bytes, int Id)[] _longestFirst;
    private readonly SearchValues<byte> _firstBytes;
    private readonly HashSet<int> _ids;

    public SpecialTokenTable(IReadOnlyDictionary<string, int> tokens)
    {
        Ids = tokens;
        _ids = [.. tokens.Values];
        _longestFirst = [.. tokens.Select(token => (Encoding.UTF8.GetBytes(token.Key), token.Value))
            .OrderByDescending(token => token.Item1.Length)];
        if (_longestFirst.Any(token => token.Bytes.Length == 0))
            throw new TokenizerFormatException("A special token is empty.");
        _firstBytes = SearchValues.Create([.. _longestFirst.Select(token => token.Bytes[0]).Distinct()]);
        foreach (var name in s_endOfTextNames)
        {
            if (EndOfText is null && tokens.TryGetValue(name, out var id))
                EndOfText = id;
        }
    }

    /// <summary>No special tokens.</summary>
    public static SpecialTokenTable None { get; } = new(new Dictionary<string, int>());

    /// <summary>Text → id.</summary>
    public IReadOnlyDictionary<string, int> Ids { get; }

    /// <summary>The token that ends a document, by its usual names; null where there is none.</summary>
    public int? EndOfText { get; }

    /// <summary>Bytes of the longest; 0 where there are none.</summary>
    public int LongestBytes => _longestFirst.Length == 0 ? 0 : _longestFirst[0].Bytes.Length;

    public bool Contains(int id) => _ids.Contains(id);

    /// <summary>The first special token at or after <paramref name="from"/>.</summary>
    public bool TryFind(ReadOnlySpan<byte> utf8, int from, out int start, out int length, out int id)
    {
        (start, length, id) = (utf8.Length, 0, -1);
        if (_longestFirst.Length == 0)
            return false;

        for (var at = from; at < utf8.Length; at++)
        {
            var skip = utf8[at..].IndexOfAny(_firstBytes);
            if (skip < 0)
                return false;
            at += skip;
            foreach (var token in _longestFirst)
            {
                if (utf8[at..].StartsWith(token.Bytes))
                {
                    (start, length, id) = (at, token.Bytes.Length, token.Id);
                    return true;
                }
            }
        }

        return false;
    }
}
