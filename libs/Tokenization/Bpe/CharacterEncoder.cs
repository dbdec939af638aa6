namespace Platform.Tokenization.Bpe;

/// <summary>
/// Encodes pieces of a script whose characters are several bytes each, such as a Chinese sentence, character by
/// character as far as no merge can cross from one to the next; the tokens of a character are remembered. One thread at
/// a time.
/// </summary>
internal sealed class CharacterEncoder(PieceMerger merger, CharacterBorders borders)
{
    private readonly Entry[] _entries = new Entry[Characters.Short];
    private readonly List<ulong> _masks = [0];

    /// <summary>Appends the tokens of a piece.</summary>
    public void Encode(ReadOnlySpan<byte> piece, TokenBuffer output)
    {
        var start = 0;               // of what is not yet encoded
        ref var pending = ref _entries[0];
        var isSingle = false;        // the pending character alone is what is not yet encoded
        var behind = ulong.MaxValue; // what may merge with it
        for (var at = 0; at < piece.Length;)
        {
            var rest = piece[at..];
            var index = Characters.First(rest, out var length);
            if (index < 256 || index >= Characters.Short)
            {
                // Not known beforehand; whatever stands around goes with it.
                isSingle = false;
                behind = index < 0x80 ? borders.Behind(rest[..1]) : ulong.MaxValue;
                at += length;
                continue;
            }

            ref var entry = ref _entries[index];
            if (entry.Count == 0)
                Learn(ref entry, rest[..length], output);
            var isOpen = behind == ulong.MaxValue || entry.IsOpenBefore && (behind >> (rest[0] - 0xC0) & 1) != 0;
            if (at > 0 && !isOpen)
            {
                if (isSingle)
                    Add(in pending, output);
                else
                    merger.Encode(piece[start..at], output);
                start = at;
            }

            isSingle = at == start;
            pending = ref entry;
            behind = _masks[entry.Behind];
            at += length;
        }

        if (isSingle)
            Add(in pending, output);
        else
            merger.Encode(piece[start..], output);
    }

    private static void Add(in Entry entry, TokenBuffer output)
    {
        output.Add(entry.First);
        if (entry.Count > 1)
            output.Add(entry.Second);
        if (entry.Count > 2)
            output.Add(entry.Third);
    }

    private void Learn(ref Entry entry, ReadOnlySpan<byte> character, TokenBuffer output)
    {
        // The output's end serves as scratch paper.
        var before = output.Count;
        merger.Encode(character, output);
        var tokens = output.Tokens[before..];
        entry.First = tokens[0];
        entry.Second = tokens.Length > 1 ? tokens[1] : 0;
        entry.Third = tokens.Length > 2 ? tokens[2] : 0;
        entry.IsOpenBefore = borders.IsOpenBefore(character);
        var mask = borders.Behind(character);
        var known = _masks.IndexOf(mask);
        if (known < 0)
        {
            known = _masks.Count;
            _masks.Add(mask);
        }

        entry.Behind = (ushort)known;
        entry.Count = (byte)tokens.Length;
        output.SetCount(before);
    }

    private struct Entry
    {
        public int First, Second, Third;

        /// <summary>Its place in the list of masks.</summary>
        public ushort Behind;

        public bool IsOpenBefore;

        /// <summary>Tokens; 0 where the character is not known yet.</summary>
        public byte Count;
    }
}
