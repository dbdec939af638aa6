namespace Platform.Tokenization.Pretokenization;

/// <summary>Finds places where a text may be cut and its parts encoded or counted apart, whatever follows.</summary>
internal sealed class TextCutter(SpecialTokenTable specials)
{
    /// <summary>
    /// The last place where every known pattern has an end of a piece whatever follows: before a space that follows
    /// no white space, or between a letter and a punctuation mark or symbol that is neither an apostrophe (it may
    /// begin a contraction) nor a combining mark. Never within a special token.
    /// </summary>
    /// <param name="text">The text so far.</param>
    /// <param name="from">Cuts up to here were looked for in vain.</param>
    /// <returns>The cut; 0 where there is none.</returns>
    public unsafe int Find(ReadOnlySpan<byte> text, int from = 0)
    {
        const byte letter = CharacterClass.Letter;
        const byte mark = CharacterClass.UpperLike | CharacterClass.LowerLike;
        var classes = CharacterClass.Table;
        fixed (byte* start = text)
        {
            // What stands after the cut must be whole, and a special token must not lie across it.
            var end = start + text.Length;
            var p = start + Scanned(text.Length);
            while (p > start + from)
            {
                var before = CharacterClass.Back(p, start);
                var isBoundary = (*p & 0xC0) != 0x80;
                if (isBoundary)
                {
                    var left = CharacterClass.At(classes, before, end, out _);
                    var right = CharacterClass.At(classes, p, end, out _);
                    var isCut = *p == ' ' && (left & CharacterClass.Space) == 0
                        || (left & letter) != 0 && (right & CharacterClass.Other) != 0 && (right & mark) == 0
                            && *p != '\'';
                    if (isCut)
                        return BeforeSpecial(text, (int)(p - start));
                }

                p = before;
            }
        }

        return 0;
    }

    /// <summary>How far into a text of this length cuts can be found: <see cref="Find"/> need not look there again.
    /// </summary>
    public int Scanned(int length) => Math.Max(0, length - Math.Max(4, specials.LongestBytes));

    /// <summary>The cut, or the start of the special token that lies across it.</summary>
    private int BeforeSpecial(ReadOnlySpan<byte> text, int cut)
    {
        var from = Math.Max(0, cut - specials.LongestBytes + 1);
        while (specials.TryFind(text, from, out var start, out var length, out _) && start < cut)
        {
            if (start + length > cut)
                return start;
            from = start + length;
        }

        return cut;
    }
}
