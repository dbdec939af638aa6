using System.Text;

namespace Platform.Tokenization.Bpe;

/// <summary>GPT-2's reversible map from bytes to printable characters, and its order of the first 256 ids.</summary>
internal static class Gpt2Bytes
{
    // Printable bytes stand for themselves and come first; the 68 others get the characters from U+0100 on.
    private static readonly char[] s_toChar = new char[256];
    private static readonly short[] s_toByte = new short[256 + 68];
    private static readonly byte[] s_order = new byte[256];

    static Gpt2Bytes()
    {
        Array.Fill(s_toByte, (short)-1);
        var id = 0;
        for (var b = 0; b < 256; b++)
        {
            if (IsPrintable(b))
                Set(b, (char)b);
        }

        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            if (!IsPrintable(b))
                Set(b, (char)next++);
        }

        void Set(int value, char c)
        {
            s_toChar[value] = c;
            s_toByte[c] = (short)value;
            s_order[id++] = (byte)value;
        }
    }

    /// <summary>The byte of each id from 0 to 255.</summary>
    public static ReadOnlySpan<byte> Order => s_order;

    /// <summary>A token's bytes as GPT-2's files write them.</summary>
    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var b in bytes)
            text.Append(s_toChar[b]);
        return text.ToString();
    }

    /// <summary>The inverse of <see cref="ToText"/>; null where a character stands for no byte.</summary>
    public static byte[]? ToBytes(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            var value = text[i] < s_toByte.Length ? s_toByte[text[i]] : (short)-1;
            if (value < 0)
                return null;
            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private static bool IsPrintable(int b) =>
        b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
