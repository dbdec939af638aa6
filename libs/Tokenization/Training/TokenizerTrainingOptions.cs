namespace Platform.Tokenization.Training;

/// <summary>What to train.</summary>
public sealed record TokenizerTrainingOptions
{
    /// <summary>Default: byte-level BPE.</summary>
    public TokenizerAlgorithm Algorithm { get; init; } = TokenizerAlgorithm.ByteLevelBpe;

    /// <summary>BPE: tokens wanted: 256 bytes, merges, special tokens. The result has fewer where the text has no
    /// more pairs to merge. A character-level vocabulary is as large as its alphabet; this is not used.</summary>
    public int VocabularySize { get; init; } = 8192;

    /// <summary>BPE: a pair that occurs less often is not merged; at least 1. Default 2.</summary>
    public long MinFrequency { get; init; } = 2;

    /// <summary>BPE: how text is cut before merging. Default GPT-2's.</summary>
    public PretokenizerPattern Pattern { get; init; } = PretokenizerPattern.Gpt2;

    /// <summary>Special tokens, which get the last ids in this order. Where one occurs in the training text it ends
    /// a document and is not counted.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Threads that count; 0 is one a core. The result is the same for any number.</summary>
    public int Threads { get; init; }

    /// <summary>BPE: bound on the bytes of all distinct words together, which are kept in memory (about 20 bytes for
    /// each). Default 512 MiB.</summary>
    public long MaxDistinctBytes { get; init; } = 512L << 20;

    /// <summary>Everything that is wrong, by the option's name; empty where nothing is.</summary>
    public IReadOnlyList<(string Option, string Error)> Validate()
    {
        var errors = new List<(string, string)>();
        if (Algorithm == TokenizerAlgorithm.ByteLevelBpe)
        {
            if (VocabularySize < 256 + SpecialTokens.Count)
            {
                errors.Add((nameof(VocabularySize), $"A byte-level BPE vocabulary has at least 256 byte tokens and "
                    + $"the {SpecialTokens.Count} special tokens: {256 + SpecialTokens.Count}; not {VocabularySize}."));
            }
            else if (VocabularySize > MaxVocabularySize)
            {
                errors.Add((nameof(VocabularySize), $"At most {MaxVocabularySize}; not {VocabularySize}."));
            }
        }

        if (MinFrequency < 1)
            errors.Add((nameof(MinFrequency), $"At least 1; not {MinFrequency}."));
        if (Threads < 0)
            errors.Add((nameof(Threads), $"0 (one a core) or more; not {Threads}."));
        if (MaxDistinctBytes is < 1 or > 1L << 30)
            errors.Add((nameof(MaxDistinctBytes), $"From 1 byte to 1 GiB; not {MaxDistinctBytes}."));
        var seen = new HashSet<string>();
        foreach (var special in SpecialTokens)
        {
            if (string.IsNullOrEmpty(special))
                errors.Add((nameof(SpecialTokens), "A special token is empty."));
            else if (!seen.Add(special))
                errors.Add((nameof(SpecialTokens), $"The special token {special} is listed twice."));
            else if (Algorithm == TokenizerAlgorithm.Character && special.EnumerateRunes().Count() == 1)
                errors.Add((nameof(SpecialTokens), $"The special token {special} is a single character."));
        }

        return errors;
    }

    private const int MaxVocabularySize = 1 << 20;
}
