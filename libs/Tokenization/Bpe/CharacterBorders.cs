using System.Buffers.Binary;

namespace Platform.Tokenization.Bpe;

/// <summary>
/// Between which characters a merge may ever cross: where none can, the characters on both sides are encoded apart and
/// give the same tokens. What stands to the left of a border at any time is a token that ends there: an end of the
/// character before, or one that ends with all of it; to the right likewise. Only merges of two such tokens cross.
/// </summary>
internal sealed class CharacterBorders
{
    private const int MaxLength = 3;

    // By the left tokens of such merges, or the last characters of these: first bytes (less 0xC0) of the right ones.
    private readonly Dictionary<int, ulong> _leftTokens = [];
    private readonly Dictionary<int, ulong> _leftCharacters = [];

    // Right tokens of such merges, and the first characters of these.
    private readonly HashSet<int> _rightTokens = [];
    private readonly HashSet<int> _rightCharacters = [];

    public CharacterBorders(BpeModel model)
    {
        foreach (var merge in model.Merges)
        {
            var left = model.Vocabulary[merge.Left];
            var right = model.Vocabulary[merge.Right];
            if (right.IsEmpty || left.IsEmpty || right[0] < 0xC0)
                continue;
            var first = 1UL << (right[0] - 0xC0);
            if (left.Length <= MaxLength)
                Add(_leftTokens, Key(left), first);
            for (var length = 1; length <= Math.Min(MaxLength, left.Length); length++)
                Add(_leftCharacters, Key(left[^length..]), first);
            if (right.Length <= MaxLength)
                _rightTokens.Add(Key(right));
            for (var length = 1; length <= Math.Min(MaxLength, right.Length); length++)
                _rightCharacters.Add(Key(right[..length]));
        }
    }

    /// <summary>First bytes (0xC0 and more, a bit each) of what may merge with a character of three bytes at most
    /// before it, or with its last bytes.</summary>
    public ulong Behind(ReadOnlySpan<byte> character)
    {
        var found = _leftCharacters.GetValueOrDefault(Key(character));
        for (var length = 1; length <= character.Length; length++)
            found |= _leftTokens.GetValueOrDefault(Key(character[^length..]));
        return found;
    }

    /// <summary>Whether something before a character may merge with it or with its first bytes.</summary>
    public bool IsOpenBefore(ReadOnlySpan<byte> character)
    {
        var open = _rightCharacters.Contains(Key(character));
        for (var length = 1; length <= character.Length; length++)
            open |= _rightTokens.Contains(Key(character[..length]));
        return open;
    }

    private static void Add(Dictionary<int, ulong> masks, int key, ulong first) =>
        masks[key] = masks.GetValueOrDefault(key) | first;

    private static int Key(ReadOnlySpan<byte> bytes)
    {
        Span<byte> padded = stackalloc byte[4];
        padded.Clear();
        bytes.CopyTo(padded);
        padded[3] = (byte)bytes.Length;
        return BinaryPrimitives.ReadInt32LittleEndian(padded);
    }
}
