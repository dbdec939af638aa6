using System.Runtime.CompilerServices;

namespace Platform.Tokenization.Bpe;

/// <summary>What looks like characters in bytes that need not be valid UTF-8.</summary>
internal static class Characters
{
    /// <summary>Indices below it are of characters of three bytes at most, or of single bytes.</summary>
    public const int Short = First3 + (1 << 16);

    private const int First2 = 256;
    private const int First3 = First2 + (1 << 11);

    /// <summary>An index for the first character, different for different bytes; a byte that begins none is one by
    /// itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(ReadOnlySpan<byte> text, out int length)
    {
        int lead = text[0];
        if (lead >= 0xE0 && lead < 0xF0 && text.Length >= 3 && IsContinuation(text[1]) && IsContinuation(text[2]))
        {
            length = 3;
            return First3 + ((lead & 0xF) << 12 | (text[1] & 0x3F) << 6 | text[2] & 0x3F);
        }

        return FirstOther(text, out length);
    }

    /// <summary>Whether a byte begins no character.</summary>
    public static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;

    private static int FirstOther(ReadOnlySpan<byte> text, out int length)
    {
        int lead = text[0];
        if (lead >= 0xC0 && lead < 0xE0 && text.Length >= 2 && IsContinuation(text[1]))
        {
            length = 2;
            return First2 + ((lead & 0x1F) << 6 | text[1] & 0x3F);
        }

        if (lead >= 0xF0 && lead < 0xF8 && text.Length >= 4 && IsContinuation(text[1]) && IsContinuation(text[2])
            && IsContinuation(text[3]))
        {
            length = 4;
            return Short + ((lead & 7) << 18 | (text[1] & 0x3F) << 12 | (text[2] & 0x3F) << 6 | text[3] & 0x3F);
        }

        length = 1;
        return lead;
    }
}
