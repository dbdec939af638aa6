using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization;

/// <summary>
/// How a tokenizer cuts a text, in figures. A word is a run of letters and marks; in scripts that write no spaces
/// between words (Han, kana, Thai, …) each character is one. A word stays whole where no token ends inside it.
/// </summary>
/// <param name="Tokens">Tokens.</param>
/// <param name="Bytes">Bytes in UTF-8.</param>
/// <param name="Characters">Code points; a byte that is no part of valid UTF-8 counts as one.</param>
/// <param name="Words">Words.</param>
/// <param name="WholeWords">Words that stay whole.</param>
public readonly record struct TextFigures(long Tokens, long Bytes, long Characters, long Words, long WholeWords)
{
    /// <summary>Bytes that a token stands for on average; 0 without tokens.</summary>
    public double BytesPerToken => Tokens == 0 ? 0 : (double)Bytes / Tokens;

    /// <summary>Characters that a token stands for on average; 0 without tokens.</summary>
    public double CharactersPerToken => Tokens == 0 ? 0 : (double)Characters / Tokens;

    /// <summary>Share of the words that stay whole, 0 to 1; 0 without words.</summary>
    public double WholeWordShare => Words == 0 ? 0 : (double)WholeWords / Words;

    /// <summary>Figures of both texts together.</summary>
    public static TextFigures operator +(TextFigures a, TextFigures b) => new(
        a.Tokens + b.Tokens, a.Bytes + b.Bytes, a.Characters + b.Characters, a.Words + b.Words,
        a.WholeWords + b.WholeWords);

    /// <summary>The sum; the operator under a name.</summary>
    public TextFigures Add(TextFigures other) => this + other;

    /// <summary>Measures a text in which special tokens, if any, are text.</summary>
    public static unsafe TextFigures Of(TextTokenizer tokenizer, ReadOnlySpan<byte> utf8)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var spans = tokenizer.EncodeWithOffsets(utf8);
        var (characters, words, whole) = (0L, 0L, 0L);
        fixed (byte* start = utf8)
        {
            var end = start + utf8.Length;
            var token = 0;
            for (var p = start; p < end;)
            {
                var next = Word(p, end, out var isWord, ref characters);
                if (isWord)
                {
                    words++;
                    // The first token that begins after the word's first byte.
                    while (token < spans.Length && spans[token].Offset <= p - start)
                        token++;
                    if (token == spans.Length || spans[token].Offset >= next - start)
                        whole++;
                }

                p = next;
            }
        }

        return new TextFigures(spans.Length, utf8.Length, characters, words, whole);
    }

    /// <summary>The end of the word, or of the character that belongs to none.</summary>
    private static unsafe byte* Word(byte* p, byte* end, out bool isWord, ref long characters)
    {
        var classes = CharacterClass.Table;
        isWord = (CharacterClass.At(classes, p, end, out var length) & CharacterClass.Letter) != 0;
        characters++;
        var alone = !isWord || IsUnspaced(p, length);
        p += length;
        while (!alone && p < end)
        {
            var found = CharacterClass.At(classes, p, end, out length);
            if ((found & (CharacterClass.Letter | CharacterClass.UpperLike | CharacterClass.LowerLike)) == 0
                || IsUnspaced(p, length))
            {
                break;
            }

            characters++;
            p += length;
        }

        return p;
    }

    /// <summary>Whether the character is of a script whose words have no spaces between them.</summary>
    private static unsafe bool IsUnspaced(byte* p, int length)
    {
        var codePoint = length switch
        {
            3 => (p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | p[2] & 0x3F,
            4 => (p[0] & 0x07) << 18 | (p[1] & 0x3F) << 12 | (p[2] & 0x3F) << 6 | p[3] & 0x3F,
            _ => 0,
        };
        return codePoint is >= 0x0E00 and <= 0x0EFF // Thai, Lao
            or >= 0x1000 and <= 0x109F // Myanmar
            or >= 0x1780 and <= 0x17FF // Khmer
            or >= 0x2E80 and <= 0x2FDF or >= 0x3005 and <= 0x3007 or >= 0x3021 and <= 0x3029
            or >= 0x3040 and <= 0x30FF or >= 0x31F0 and <= 0x31FF // kana
            or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF // Han
            or >= 0x20000 and <= 0x3FFFF;
    }
}
