using System.Globalization;
using System.Text;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.Dashboard.Tokenizers;

/// <summary>
/// A piece of text for display with the tokens that make it. Most segments are one token; where tokens end inside a
/// character as people see it (an emoji, a letter with its accents), they are shown together.
/// </summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">The tokens.</param>
public sealed record Segment(string Text, IReadOnlyList<TokenPiece> Tokens)
{
    /// <summary>Divides a text by its tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pieces">Its tokens in order.</param>
    public static IReadOnlyList<Segment> Divide(string text, IReadOnlyList<TokenPiece> pieces)
    {
        var ends = CharacterEnds(text);
        var bytes = Encoding.UTF8.GetBytes(text);
        var segments = new List<Segment>();
        var waiting = new List<TokenPiece>();
        var begin = 0;
        foreach (var piece in pieces)
        {
            waiting.Add(piece);
            var end = (int)piece.OffsetBytes + piece.Bytes.Length;
            if (!ends.Contains(end))
                continue;
            segments.Add(new(Encoding.UTF8.GetString(bytes, begin, end - begin), [.. waiting]));
            waiting.Clear();
            begin = end;
        }

        if (waiting.Count > 0)
            segments.Add(new(Encoding.UTF8.GetString(bytes, begin, bytes.Length - begin), waiting));
        return segments;
    }

    /// <summary>The text with spaces and line ends made visible.</summary>
    public string Visible => Text.Replace(' ', '·').Replace("\t", "→\t", StringComparison.Ordinal)
        .Replace("\r", "␍", StringComparison.Ordinal).Replace("\n", "⏎\n", StringComparison.Ordinal);

    /// <summary>Ids, bytes and the text's code points, for hovering and for screen readers.</summary>
    public string Words => string.Join("\n", [.. Tokens.Select(t => $"id {t.Id}: {Hex(t)}"), CodePoints]);

    private string CodePoints => string.Join(
        ' ', Text.EnumerateRunes().Select(rune => "U+" + rune.Value.ToString("X4", CultureInfo.InvariantCulture)));

    private static string Hex(TokenPiece piece) =>
        string.Join(' ', piece.Bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));

    private static HashSet<int> CharacterEnds(string text)
    {
        var ends = new HashSet<int>();
        var bytes = 0;
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            bytes += Encoding.UTF8.GetByteCount(elements.GetTextElement());
            ends.Add(bytes);
        }

        return ends;
    }
}
