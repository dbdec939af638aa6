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
}
