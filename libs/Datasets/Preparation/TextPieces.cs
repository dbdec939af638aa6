using Platform.Tokenization;

namespace Platform.Datasets.Preparation;

/// <summary>
/// Cuts a long text where no token can cross, so that its pieces can be encoded by several threads: behind a line feed
/// that follows a visible character and comes before an ASCII letter. All three known patterns end a piece there.
/// </summary>
internal static class TextPieces
{
    private const int PieceLength = 1 << 18;

    /// <summary>Whether texts may be cut for this tokenizer.</summary>
    public static bool CanCut(TextTokenizer tokenizer) =>
        tokenizer is CharacterTokenizer || (tokenizer is BpeTokenizer bpe && bpe.Pattern.Name is not null);

    /// <summary>The text's pieces in order; together they are the text.</summary>
    public static IEnumerable<ReadOnlyMemory<char>> Cut(ReadOnlyMemory<char> text)
    {
        while (FindCut(text.Span) is var cut and > 0)
        {
            yield return text[..cut];
            text = text[cut..];
        }

        yield return text;
    }

    private static int FindCut(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 * PieceLength)
            return 0;
        var at = PieceLength;
        while (text[at..].IndexOf('\n') is var found and >= 0)
        {
            at += found + 1;
            if (at < text.Length && char.IsAsciiLetter(text[at]) && !char.IsWhiteSpace(text[at - 2]))
                return at;
        }

        return 0;
    }
}
