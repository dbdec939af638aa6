using System.Buffers;
using System.Text;

namespace Platform.Cli.Commands;

/// <summary>Bytes of tokens, made visible.</summary>
internal static class Printable
{
    /// <summary>The bytes as text where they are whole characters, else as hex; white space shown by signs.</summary>
    public static string Bytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return text
                .Replace(" ", "·", StringComparison.Ordinal)
                .Replace("\n", "⏎", StringComparison.Ordinal)
                .Replace("\t", "⇥", StringComparison.Ordinal)
                .Replace("\r", "␍", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return "0x" + Convert.ToHexString(bytes);
        }
    }

    /// <summary>The code points of the bytes, such as <c>U+0041 U+1F600</c>; empty where they are no whole characters.
    /// </summary>
    public static string CodePoints(ReadOnlySpan<byte> bytes)
    {
        var points = new List<string>();
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) != OperationStatus.Done)
                return string.Empty;
            points.Add($"U+{rune.Value:X4}");
            bytes = bytes[length..];
        }

        return string.Join(' ', points);
    }
}
