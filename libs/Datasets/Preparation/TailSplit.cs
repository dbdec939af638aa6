using Platform.Datasets.Readers;

namespace Platform.Datasets.Preparation;

/// <summary>
/// Cuts the last share off a text as nanoGPT's prepare.py does: <c>data[:int(n · (1 − share))]</c> trains, with n the
/// number of characters (code points) of all documents on end.
/// </summary>
internal static class TailSplit
{
    public static IEnumerable<DividedText> Divide(
        Func<IEnumerable<SourceDocument>> read, double share, CancellationToken cancellationToken)
    {
        var total = 0L;
        foreach (var document in read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            total += Characters(document.Text);
        }

        var left = (long)(total * (1 - share));
        foreach (var document in read())
        {
            var characters = Characters(document.Text);
            var cut = left <= 0 ? 0 : left >= characters ? document.Text.Length : IndexOf(document.Text, left);
            left -= characters;
            if (cut > 0)
                yield return new DividedText(document.Text.AsMemory(0, cut), ForValidation: false);
            if (cut < document.Text.Length)
                yield return new DividedText(document.Text.AsMemory(cut), ForValidation: true, cut == 0);
        }
    }

    private static long Characters(string text)
    {
        var count = (long)text.Length;
        foreach (var unit in text.AsSpan())
        {
            if (char.IsLowSurrogate(unit))
                count--;
        }

        return count;
    }

    private static int IndexOf(string text, long characters)
    {
        var index = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (characters-- == 0)
                break;
            index += rune.Utf16SequenceLength;
        }

        return index;
    }
}
