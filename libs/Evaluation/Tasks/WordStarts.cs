using System.Text;

namespace Platform.Evals;

/// <summary>
/// Counts a text's words as <c>len(re.split(r"\s+", text))</c> does (one more than runs of white space), so that the
/// counts of its parts add up.
/// </summary>
internal sealed class WordStarts
{
    private readonly List<int> _runs = []; // first bytes of runs of white space

    public WordStarts(ReadOnlySpan<byte> utf8)
    {
        var inSpace = false;
        for (var at = 0; at < utf8.Length;)
        {
            Rune.DecodeFromUtf8(utf8[at..], out var rune, out var length);
            var isSpace = rune.IsBmp && PythonText.IsSpace((char)rune.Value);
            if (isSpace && !inSpace)
                _runs.Add(at);
            (inSpace, at) = (isSpace, at + length);
        }
    }

    /// <summary>Words of the part between two byte offsets.</summary>
    public int Between(int begin, int end, bool isFirst) => Before(end) - Before(begin) + (isFirst ? 1 : 0);

    private int Before(int offset)
    {
        var place = _runs.BinarySearch(offset);
        return place < 0 ? ~place : place;
    }
}
