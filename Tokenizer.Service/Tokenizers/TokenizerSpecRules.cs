using Platform.Contracts.Tokenizer.V1;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>A tokenizer's spec: its defaults, its bounds, and the training options that it means.</summary>
internal static class TokenizerSpecRules
{
    private const int DefaultVocabularySize = 8192;
    private const int MaxVocabularySize = 262_144;
    private const int DefaultMinFrequency = 2;
    private const int MaxSpecialTokens = 1000;
    private const int MaxSpecialTokenLength = 200;
    private const int MaxPatternLength = 4000;
    private const string EndOfText = "<|endoftext|>";

    /// <summary>The spec with every default filled in.</summary>
    public static TokenizerSpec WithDefaults(TokenizerSpec spec)
    {
        var full = spec.Clone();
        if (full.Algorithm == Algorithm.Unspecified)
            full.Algorithm = Algorithm.BytePair;
        var isBytePair = full.Algorithm == Algorithm.BytePair;
        full.SpecialTokens ??= new SpecialTokens { Tokens = { isBytePair ? [EndOfText] : Array.Empty<string>() } };
        if (!isBytePair)
        {
            // Nothing but the alphabet and the special tokens decides a character-level vocabulary.
            (full.VocabularySize, full.Pattern, full.MinFrequency) = (0, "", 0);
            return full;
        }

        if (full.VocabularySize == 0)
            full.VocabularySize = DefaultVocabularySize;
        if (full.Pattern.Length == 0)
            full.Pattern = PretokenizerPattern.Gpt2.Name;
        if (full.MinFrequency == 0)
            full.MinFrequency = DefaultMinFrequency;
        return full;
    }

    /// <summary>Notes what is wrong with a spec whose defaults are filled in.</summary>
    public static void Check(TokenizerSpec spec, Violations violations)
    {
        violations.Require(spec.Inputs.Count > 0, "spec.inputs", "Name at least one source of training text.");
        violations.Require(Enum.IsDefined(spec.Algorithm), "spec.algorithm", $"{spec.Algorithm} is no algorithm.");
        var tokens = spec.SpecialTokens.Tokens;
        violations.Require(tokens.Count <= MaxSpecialTokens, "spec.special_tokens.tokens",
            $"At most {MaxSpecialTokens} special tokens; not {tokens.Count}.");
        var seen = new HashSet<string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var field = $"spec.special_tokens.tokens[{i}]";
            violations.Require(tokens[i].Length is > 0 and <= MaxSpecialTokenLength, field,
                $"A special token has 1 to {MaxSpecialTokenLength} characters.");
            violations.Require(seen.Add(tokens[i]), field, $"{tokens[i]} is listed twice.");
            violations.Require(
                spec.Algorithm != Algorithm.Character || tokens[i].EnumerateRunes().Count() != 1, field,
                $"{tokens[i]} is a single character, which is a token itself at character level.");
        }

        if (spec.Algorithm != Algorithm.BytePair)
            return;
        var least = 256 + tokens.Count;
        violations.Require(spec.VocabularySize >= least && spec.VocabularySize <= MaxVocabularySize,
            "spec.vocabulary_size", $"From {least} (256 bytes and {tokens.Count} special tokens) to "
            + $"{MaxVocabularySize}; not {spec.VocabularySize}.");
        violations.Require(spec.MinFrequency >= 1, "spec.min_frequency", $"At least 1; not {spec.MinFrequency}.");
        if (spec.Pattern.Length > MaxPatternLength)
            violations.Add("spec.pattern", $"At most {MaxPatternLength} characters.");
        else if (PatternError(spec.Pattern) is { } error)
            violations.Add("spec.pattern", error);
    }

    /// <summary>The options of a spec that was checked.</summary>
    public static TokenizerTrainingOptions ToOptions(TokenizerSpec spec) => spec.Algorithm == Algorithm.Character
        ? new TokenizerTrainingOptions
        {
            Algorithm = TokenizerAlgorithm.Character,
            SpecialTokens = [.. spec.SpecialTokens.Tokens],
        }
        : new TokenizerTrainingOptions
        {
            VocabularySize = spec.VocabularySize,
            MinFrequency = spec.MinFrequency,
            Pattern = PretokenizerPattern.Parse(spec.Pattern),
            SpecialTokens = [.. spec.SpecialTokens.Tokens],
        };

    private static string? PatternError(string pattern)
    {
        try
        {
            PretokenizerPattern.Parse(pattern);
            return null;
        }
        catch (TokenizerFormatException e)
        {
            return e.Message;
        }
    }
}
