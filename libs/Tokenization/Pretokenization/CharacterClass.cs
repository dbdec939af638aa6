using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Platform.Tokenization.Pretokenization;

/// <summary>
/// The Unicode classes that the pre-tokenizers' patterns are made of, for every code point, as bit flags. Whole code
/// points, unlike .NET's regular expressions, which see the two surrogates of a letter outside the BMP and miss it.
/// </summary>
internal static unsafe class CharacterClass
{
    /// <summary><c>\p{L}</c></summary>
    public const byte Letter = 1;

    /// <summary><c>\p{N}</c></summary>
    public const byte Number = 2;

    /// <summary><c>\s</c></summary>
    public const byte Space = 4;

    /// <summary><c>[^\s\p{L}\p{N}]</c></summary>
    public const byte Other = 8;

    /// <summary><c>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]</c></summary>
    public const byte UpperLike = 16;

    /// <summary><c>[\p{Ll}\p{Lm}\p{Lo}\p{M}]</c></summary>
    public const byte LowerLike = 32;

    /// <summary><c>[\r\n]</c></summary>
    public const byte NewLine = 64;

    private static readonly byte[] s_table = BuildTable();

    /// <summary>One byte a code point; the array is pinned, so the pointer stays valid.</summary>
    public static byte* Table { get; } = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(s_table));

    /// <summary>The class of the code point at <paramref name="p"/> and its length in bytes. A byte that begins no
    /// valid sequence is one <see cref="Other"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte At(byte* table, byte* p, byte* end, out int length)
    {
        var first = *p;
        if (first < 0x80)
        {
            length = 1;
            return table[first];
        }

        return AtMultiByte(table, p, end, out length);
    }

    /// <summary>Start of the code point before <paramref name="p"/>.</summary>
    public static byte* Back(byte* p, byte* start)
    {
        var q = p - 1;
        while (q > start && p - q < 4 && (*q & 0xC0) == 0x80)
            q--;
        return q;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte AtMultiByte(byte* table, byte* p, byte* end, out int length)
    {
        int first = *p;
        var room = end - p;
        if (first is >= 0xC2 and < 0xE0 && room >= 2 && IsContinuation(p[1]))
        {
            length = 2;
            return table[(first & 0x1F) << 6 | p[1] & 0x3F];
        }

        if (first is >= 0xE0 and < 0xF0 && room >= 3 && IsContinuation(p[1]) && IsContinuation(p[2]))
        {
            length = 3;
            return table[(first & 0x0F) << 12 | (p[1] & 0x3F) << 6 | p[2] & 0x3F];
        }

        if (first is >= 0xF0 and < 0xF5 && room >= 4
            && IsContinuation(p[1]) && IsContinuation(p[2]) && IsContinuation(p[3]))
        {
            var codePoint = (first & 0x07) << 18 | (p[1] & 0x3F) << 12 | (p[2] & 0x3F) << 6 | p[3] & 0x3F;
            if (codePoint <= 0x10FFFF)
            {
                length = 4;
                return table[codePoint];
            }
        }

        length = 1;
        return Other;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;

    private static byte[] BuildTable()
    {
        var table = GC.AllocateUninitializedArray<byte>(0x110000, pinned: true);
        for (var codePoint = 0; codePoint < table.Length; codePoint++)
        {
            table[codePoint] = CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
            {
                UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Letter | UpperLike,
                UnicodeCategory.LowercaseLetter => Letter | LowerLike,
                UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Letter | UpperLike | LowerLike,
                UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                    => Other | UpperLike | LowerLike,
                UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
                    => Number,
                UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    => Space,
                _ => Other,
            };
        }

        foreach (var control in (ReadOnlySpan<int>)[0x09, 0x0B, 0x0C, 0x85])
            table[control] = Space;
        table['\n'] = table['\r'] = Space | NewLine;
        return table;
    }
}
