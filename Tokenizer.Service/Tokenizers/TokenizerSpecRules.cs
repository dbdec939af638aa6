using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Readers;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>A tokenizer's spec: its defaults, its bounds, and the training options that it means.</summary>
internal static class TokenizerSpecRules
{
    public const string DefaultTextField = "text";
    private const long DefaultMaxDistinctBytes = 256L << 20;
    private const long MostMaxDistinctBytes = 1L << 30;
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
        if (full.Import is not null)
            return full;
        if (full.Algorithm == Algorithm.Unspecified)
            full.Algorithm = Algorithm.BytePair;
        if (full.TextField.Length == 0 && full.Template.Length == 0)
            full.TextField = DefaultTextField;
        var isBytePair = full.Algorithm == Algorithm.BytePair;
        full.SpecialTokens ??= new SpecialTokens { Tokens = { isBytePair ? [EndOfText] : Array.Empty<string>() } };
        if (!isBytePair)
        {
            // Nothing but the alphabet and the special tokens decides a character-level vocabulary.
            (full.VocabularySize, full.Pattern, full.MinFrequency, full.MaxDistinctBytes) = (0, "", 0, 0);
            return full;
        }

        if (full.VocabularySize == 0)
            full.VocabularySize = DefaultVocabularySize;
        if (full.Pattern.Length == 0)
            full.Pattern = PretokenizerPattern.Gpt2.Name;
        if (full.MinFrequency == 0)
            full.MinFrequency = DefaultMinFrequency;
        if (full.MaxDistinctBytes == 0)
            full.MaxDistinctBytes = DefaultMaxDistinctBytes;
        return full;
    }

    /// <summary>Notes what is wrong with a spec whose defaults are filled in.</summary>
    public static void Check(TokenizerSpec spec, Violations violations)
    {
        if (spec.Import is not null)
        {
            CheckImport(spec, violations);
            return;
        }

        violations.Require(spec.Inputs.Count > 0, "spec.inputs", "Name at least one source of training text.");
        violations.Require(Enum.IsDefined(spec.Algorithm), "spec.algorithm", $"{spec.Algorithm} is no algorithm.");
        CheckFields(spec, violations);
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
        CheckPattern(spec.Pattern, "spec.pattern", violations);
        violations.Require(spec.MaxDistinctBytes is >= 1 and <= MostMaxDistinctBytes, "spec.max_distinct_bytes",
            $"From 1 to {MostMaxDistinctBytes}; not {spec.MaxDistinctBytes}.");
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
            MaxDistinctBytes = spec.MaxDistinctBytes,
        };

    /// <summary>What an import that was checked leaves to us.</summary>
    public static TokenizerImportOptions ToOptions(TokenizerImport import) => new()
    {
        Pattern = import.Pattern.Length > 0 ? PretokenizerPattern.Parse(import.Pattern) : null,
        SpecialTokens = import.SpecialTokens.Count > 0
            ? import.SpecialTokens.ToDictionary(token => token.Text, token => token.Id) : null,
    };

    private static void CheckImport(TokenizerSpec spec, Violations violations)
    {
        var import = spec.Import;
        violations.Require(spec.Equals(new TokenizerSpec { Import = import }), "spec.import",
            "A tokenizer is imported or trained: the other fields must be empty.");
        violations.Require(import.Inputs.Count > 0, "spec.import.inputs", "Name the tokenizer's files.");
        if (import.Pattern.Length > 0)
            CheckPattern(import.Pattern, "spec.import.pattern", violations);
        for (var i = 0; i < import.SpecialTokens.Count; i++)
        {
            var (token, field) = (import.SpecialTokens[i], $"spec.import.special_tokens[{i}]");
            violations.Require(token.Text.Length is > 0 and <= MaxSpecialTokenLength, $"{field}.text",
                $"A special token has 1 to {MaxSpecialTokenLength} characters.");
            violations.Require(token.Id is >= 0 and < MaxVocabularySize, $"{field}.id",
                $"From 0 to {MaxVocabularySize - 1}; not {token.Id}.");
            violations.Require(
                import.SpecialTokens.Take(i).All(other => other.Text != token.Text && other.Id != token.Id), field,
                $"{token.Text} or its id is listed twice.");
        }
    }

    private static void CheckFields(TokenizerSpec spec, Violations violations)
    {
        if (spec.Template.Length == 0)
            return;
        violations.Require(spec.TextField.Length == 0, "spec.text_field", "It has no meaning beside a template.");
        try
        {
            _ = RecordText.OfTemplate(spec.Template);
        }
        catch (FormatException e)
        {
            violations.Add("spec.template", e.Message);
        }
    }

    private static void CheckPattern(string pattern, string field, Violations violations)
    {
        if (pattern.Length > MaxPatternLength)
            violations.Add(field, $"At most {MaxPatternLength} characters.");
        else if (PatternError(pattern) is { } error)
            violations.Add(field, error);
    }

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
