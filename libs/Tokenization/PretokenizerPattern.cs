namespace Platform.Tokenization;

/// <summary>The regular expression that cuts text into the pieces that BPE works within.</summary>
public sealed record PretokenizerPattern
{
    private PretokenizerPattern(string? name, string regex) => (Name, Regex) = (name, regex);

    /// <summary>GPT-2's (and r50k's).</summary>
    public static PretokenizerPattern Gpt2 { get; } = new("gpt2",
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    /// <summary>GPT-3.5's and GPT-4's.</summary>
    public static PretokenizerPattern Cl100k { get; } = new("cl100k",
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        + @"|\s*[\r\n]+|\s+(?!\S)|\s+");

    /// <summary>GPT-4o's.</summary>
    public static PretokenizerPattern O200k { get; } = new("o200k",
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+");

    // Other spellings of the same patterns, as files in circulation have them. .NET has no possessive quantifiers.
    private static readonly Dictionary<string, PretokenizerPattern> s_spellings = new()
    {
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = Gpt2,
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"] = Gpt2,
        [@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]"
            + @"|\s+(?!\S)|\s+"] = Cl100k,
        // Not cl100k: it takes all white space at the end of a text as one piece, line ends or not.
        [@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
            + @"|\s+(?!\S)|\s"] = new PretokenizerPattern(null,
            @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z|\s*[\r\n]"
            + @"|\s+(?!\S)|\s"),
    };

    /// <summary>gpt2, cl100k or o200k; null for any other expression.</summary>
    public string? Name { get; }

    /// <summary>The expression.</summary>
    public string Regex { get; }

    /// <summary>A pattern by its name, or from an expression in .NET's syntax.</summary>
    /// <exception cref="TokenizerFormatException">The expression is not valid.</exception>
    public static PretokenizerPattern Parse(string nameOrRegex)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrRegex);
        foreach (var known in (ReadOnlySpan<PretokenizerPattern>)[Gpt2, Cl100k, O200k])
        {
            if (known.Name == nameOrRegex || known.Regex == nameOrRegex)
                return known;
        }

        if (s_spellings.TryGetValue(nameOrRegex, out var same))
            return same;
        _ = new Pretokenization.RegexPretokenizer(nameOrRegex);
        return new PretokenizerPattern(null, nameOrRegex);
    }

    /// <inheritdoc/>
    public override string ToString() => Name ?? Regex;
}
