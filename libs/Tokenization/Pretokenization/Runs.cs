using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Platform.Tokenization.Pretokenization.CharacterClass;

namespace Platform.Tokenization.Pretokenization;

/// <summary>The parts that the scanners share.</summary>
internal static unsafe class Runs
{
    private const int HanBytes = 30; // of ten characters, which fit into a vector

    /// <summary>End of the run of code points that have any of the flags.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* While(byte* classes, byte* p, byte* end, byte flags)
    {
        while (p < end)
        {
            if ((At(classes, p, end, out var length) & flags) == 0)
                break;
            p += length;
        }

        return p;
    }

    /// <summary>End of the run of letters; 32 ASCII letters or ten Chinese ones at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Letters(byte* classes, byte* p, byte* end)
    {
        while (end - p >= Vector256<byte>.Count)
        {
            var folded = Vector256.Load(p) | Vector256.Create((byte)0x20);
            var isLetter = Vector256.LessThan(folded - Vector256.Create((byte)'a'), Vector256.Create((byte)26));
            var others = ~isLetter.ExtractMostSignificantBits();
            if (others != 0)
            {
                p += BitOperations.TrailingZeroCount(others);
                break;
            }

            p += Vector256<byte>.Count;
        }

        while (p < end)
        {
            if (*p >= 0x80)
                return LettersBeyondAscii(classes, p, end);
            if ((classes[*p] & Letter) == 0)
                break;
            p++;
        }

        return p;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte* LettersBeyondAscii(byte* classes, byte* p, byte* end)
    {
        while (p < end)
        {
            if (*p >= 0xE4 && end - p >= Vector256<byte>.Count)
            {
                var length = HanLength(p);
                p += length;
                if (length == HanBytes)
                    continue;
            }

            if ((At(classes, p, end, out var one) & Letter) == 0)
                break;
            p += one;
        }

        return p;
    }

    /// <summary>Bytes of the characters from U+4E00 to U+9FFF, letters all, that 32 bytes begin with:
    /// <see cref="HanBytes"/> at most.</summary>
    private static int HanLength(byte* p)
    {
        // E4 B8 80 to E9 BF BF.
        var bytes = Vector256.Load(p);
        var first = Vector256.LessThan(bytes - Vector256.Create((byte)0xE4), Vector256.Create((byte)6));
        var firstLow = Vector256.Equals(bytes, Vector256.Create((byte)0xE4));
        var following = Vector256.LessThan(bytes - Vector256.Create((byte)0x80), Vector256.Create((byte)0x40));
        var followingHigh = Vector256.LessThan(bytes - Vector256.Create((byte)0xB8), Vector256.Create((byte)8));
        var follows = following.ExtractMostSignificantBits();
        var isHan = first.ExtractMostSignificantBits() & follows >> 1 & follows >> 2
            & (~firstLow.ExtractMostSignificantBits() | followingHigh.ExtractMostSignificantBits() >> 1);
        const uint everyThird = 0b001001001001001001001001001001;
        // With a bit behind the tenth character, so that there always is one.
        return BitOperations.TrailingZeroCount(~isHan & everyThird | 1u << HanBytes);
    }

    /// <summary><c>\p{N}{1,3}</c>, the first of which was seen.</summary>
    public static byte* UpToThreeNumbers(byte* classes, byte* p, byte* end)
    {
        for (var i = 0; i < 3 && p < end && (At(classes, p, end, out var length) & Number) != 0; i++)
            p += length;
        return p;
    }

    /// <summary>
    /// <c>\s+(?!\S)|\s+</c>: the whole run at the end of the text, else all but its last code point, which goes to
    /// the piece that follows; a run of one is a piece.
    /// </summary>
    public static byte* WhiteSpace(byte* classes, byte* p, byte* end)
    {
        var q = p;
        var last = p;
        while (q < end && (At(classes, q, end, out var length) & Space) != 0)
        {
            last = q;
            q += length;
        }

        return q < end && last > p ? last : q;
    }

    /// <summary><c>\s*[\r\n]+</c>, else as <see cref="WhiteSpace"/>.</summary>
    public static byte* WhiteSpaceToNewLine(byte* classes, byte* p, byte* end)
    {
        byte* afterNewLine = null;
        for (var q = p; q < end;)
        {
            var found = At(classes, q, end, out var length);
            if ((found & Space) == 0)
                break;
            q += length;
            if ((found & NewLine) != 0)
                afterNewLine = q;
        }

        return afterNewLine is not null ? afterNewLine : WhiteSpace(classes, p, end);
    }

    /// <summary>Length of <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)</c> at <paramref name="p"/>, or 0. The long s (U+017F)
    /// folds to s.</summary>
    public static int Contraction(byte* p, byte* end)
    {
        if (end - p < 2 || *p != '\'')
            return 0;
        var first = p[1] | 0x20;
        if (first is 's' or 't' or 'm' or 'd')
            return IsAsciiLetter(p[1]) ? 2 : 0;
        if (end - p < 3)
            return 0;
        if (p[1] == 0xC5 && p[2] == 0xBF)
            return 3;
        var second = p[2] | 0x20;
        var isPair = first == 'l' && second == 'l' || first is 'v' or 'r' && second == 'e';
        return isPair && IsAsciiLetter(p[1]) && IsAsciiLetter(p[2]) ? 3 : 0;
    }

    private static bool IsAsciiLetter(byte value) => (uint)((value | 0x20) - 'a') < 26;
}
