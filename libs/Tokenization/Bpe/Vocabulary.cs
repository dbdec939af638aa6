namespace Platform.Tokenization.Bpe;

/// <summary>The bytes of every token; an id may be a hole (cl100k has some), which no text encodes to.</summary>
internal sealed class Vocabulary
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    /// <summary>Tokens by id; null or empty is a hole.</summary>
    public Vocabulary(IReadOnlyList<byte[]?> tokens)
    {
        _starts = new int[tokens.Count + 1];
        for (var id = 0; id < tokens.Count; id++)
            _starts[id + 1] = checked(_starts[id] + (tokens[id]?.Length ?? 0));
        _bytes = new byte[_starts[^1]];
        for (var id = 0; id < tokens.Count; id++)
            tokens[id]?.CopyTo(_bytes, _starts[id]);
    }

    /// <summary>One more than the highest id.</summary>
    public int Size => _starts.Length - 1;

    /// <summary>A token's bytes; empty for a hole.</summary>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_starts[id].._starts[id + 1]);
}
