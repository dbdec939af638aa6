namespace Platform.Tokenization.Bpe;

/// <summary>What defines a byte-level BPE: the tokens, their merges, and whether a piece that is itself a token is
/// taken whole.</summary>
/// <param name="Vocabulary">Bytes of every token, the special ones too.</param>
/// <param name="Merges">In order of rank.</param>
/// <param name="WholePieces">tiktoken's rule (Hugging Face: <c>ignore_merges</c>): a piece in the vocabulary is that
/// token, even if no merges lead to it.</param>
internal sealed record BpeModel(Vocabulary Vocabulary, IReadOnlyList<Merge> Merges, bool WholePieces)
{
    /// <summary>The token of each single byte; -1 where there is none, as in vocabularies made from a text's own
    /// alphabet.</summary>
    public int[] ByteIds(Func<int, bool> isSpecial)
    {
        var ids = new int[256];
        Array.Fill(ids, -1);
        for (var id = 0; id < Vocabulary.Size; id++)
        {
            if (Vocabulary[id] is [var only] && !isSpecial(id))
                ids[only] = id;
        }

        return ids;
    }
}
