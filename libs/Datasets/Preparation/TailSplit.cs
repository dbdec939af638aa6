using Platform.Datasets.Readers;

namespace Platform.Datasets.Preparation;

/// <summary>
/// Cuts the last share off a text as nanoGPT's prepare.py does: <c>data[:int(n · (1 − share))]</c> trains, with n the
/// number of characters (code points) of all documents on end.
/// </summary>
internal static class TailSplit
{
    /// <summary>
    /// Counts the characters of all texts; null where there are two documents and only one is wanted.
    /// </summary>
    public static long? Count(
        IEnumerable<SourceText> texts, bool ofOneDocument, CancellationToken cancellationToken)
    {
        var total = 0L;
        var documents = 0;
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (text.BeginsDocument && ++documents > 1 && ofOneDocument)
                return null;
            total += Characters(text.Utf8.Span);
        }

        return total;
    }

    /// <summary>Divides the texts behind the given number of characters.</summary>
    public static IEnumerable<DividedText> Divide(IEnumerable<SourceText> texts, long trainCharacters)
    {
        var left = trainCharacters;
        foreach (var text in texts)
        {
            var characters = Characters(text.Utf8.Span);
            var cut = left <= 0 ? 0 : left >= characters ? text.Utf8.Length : IndexOf(text.Utf8.Span, left);
            left -= characters;
            if (cut > 0)
                yield return new DividedText(text.Utf8[..cut], ForValidation: false, text.BeginsDocument);
            if (cut < text.Utf8.Length)
                yield return new DividedText(text.Utf8[cut..], ForValidation: true, text.BeginsDocument && cut == 0);
        }
    }

    // Every byte but those that go on with a character.
    private static long Characters(ReadOnlySpan<byte> utf8) =>
        utf8.Length - CountInRange(utf8, 0x80, 0xBF);

    private static int CountInRange(ReadOnlySpan<byte> bytes, byte low, byte high)
    {
        var count = 0;
        foreach (var value in bytes)
            count += (uint)(value - low) <= (uint)(high - low) ? 1 : 0;
        return count;
    }

    private static int IndexOf(ReadOnlySpan<byte> utf8, long characters)
    {
        for (var i = 0; i < utf8.Length; i++)
        {
            if ((utf8[i] & 0xC0) != 0x80 && characters-- == 0)
                return i;
        }

        return utf8.Length;
    }
}
