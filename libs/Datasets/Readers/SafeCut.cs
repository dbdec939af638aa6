namespace Platform.Datasets.Readers;

/// <summary>
/// Where a text can be cut so that its parts can be encoded apart: behind a line feed that follows a visible ASCII
/// character and comes before an ASCII letter. All three known patterns end a piece there.
/// </summary>
public static class SafeCut
{
    /// <summary>The last such place; 0 where there is none.</summary>
    public static int Last(ReadOnlySpan<byte> utf8)
    {
        var end = utf8.Length;
        while (end > 0 && utf8[..end].LastIndexOf((byte)'\n') is var found and > 0)
        {
            if (Fits(utf8, found))
                return found + 1;
            end = found;
        }

        return 0;
    }

    /// <summary>The first such place from <paramref name="start"/> on; 0 where there is none.</summary>
    public static int First(ReadOnlySpan<byte> utf8, int start)
    {
        for (var at = Math.Max(start, 1); utf8[at..].IndexOf((byte)'\n') is var found and >= 0; at++)
        {
            at += found;
            if (Fits(utf8, at))
                return at + 1;
        }

        return 0;
    }

    private static bool Fits(ReadOnlySpan<byte> utf8, int lineFeed) =>
        lineFeed + 1 < utf8.Length && char.IsAsciiLetter((char)utf8[lineFeed + 1])
        && utf8[lineFeed - 1] is > (byte)' ' and < 0x7F;
}
