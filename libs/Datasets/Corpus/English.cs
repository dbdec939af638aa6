namespace Platform.Datasets.Corpus;

/// <summary>The little grammar that the word lists leave open.</summary>
internal static class English
{
    // Words that are written with a vowel and spoken with a consonant, or the other way round.
    private static readonly string[] s_likeConsonant = ["uni", "uku", "use", "one"];
    private static readonly string[] s_likeVowel = ["hour", "honest"];

    /// <summary>A noun with <c>a</c> or <c>an</c> before it.</summary>
    public static string A(string noun)
    {
        var vowel = "aeiou".Contains(char.ToLowerInvariant(noun[0]), StringComparison.Ordinal);
        if (s_likeConsonant.Any(start => noun.StartsWith(start, StringComparison.OrdinalIgnoreCase)))
            vowel = false;
        else if (s_likeVowel.Any(start => noun.StartsWith(start, StringComparison.OrdinalIgnoreCase)))
            vowel = true;
        return (vowel ? "an " : "a ") + noun;
    }

    /// <summary>A text with its first letter upper-case.</summary>
    public static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Names in a row: <c>Anna, Ben and Carl</c>.</summary>
    public static string List(IReadOnlyList<string> names) => names.Count < 2
        ? string.Concat(names)
        : string.Join(", ", names.SkipLast(1)) + " and " + names[^1];
}
