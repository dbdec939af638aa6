using System.Diagnostics.CodeAnalysis;

namespace Platform.Tokenization.Bpe;

/// <summary>Bytes → id for every ordinary token.</summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "A tokenizer ends with its last user; the table's memory is finalized.")]
internal sealed class WholePieceTable
{
    private readonly ByteStringTable _table;
    private readonly int[] _ids;

    public WholePieceTable(Vocabulary vocabulary, Func<int, bool> isSpecial)
    {
        _table = new ByteStringTable(vocabulary.Size);
        _ids = new int[vocabulary.Size];
        for (var id = 0; id < vocabulary.Size; id++)
        {
            if (vocabulary[id].IsEmpty || isSpecial(id))
                continue;
            var before = _table.Count;
            var index = _table.GetOrAdd(vocabulary[id]);
            if (_table.Count == before)
                throw new TokenizerFormatException($"Tokens {_ids[index]} and {id} are the same bytes.");
            _ids[index] = id;
        }
    }

    /// <summary>The token of these bytes, or -1.</summary>
    public int Find(ReadOnlySpan<byte> bytes) => _table.Find(bytes) is >= 0 and var index ? _ids[index] : -1;
}
