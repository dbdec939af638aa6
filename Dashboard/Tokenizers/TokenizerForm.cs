using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tokenizers;

/// <summary>What was typed to train a tokenizer. Fields that are empty are left to the service.</summary>
public sealed class TokenizerForm
{
    /// <summary>The pattern that stands for an expression of the user's own.</summary>
    public const string OwnPattern = "own";

    /// <summary>What stands in the special tokens' field for none at all.</summary>
    public const string NoTokens = "none";

    /// <summary>Sources, with commas between them.</summary>
    public string Inputs { get; set; } = "";

    /// <summary><c>bpe</c> or <c>character</c>.</summary>
    public string Algorithm { get; set; } = "bpe";

    /// <summary>Tokens in all.</summary>
    public string Vocabulary { get; set; } = "";

    /// <summary>A name, or <see cref="OwnPattern"/>.</summary>
    public string Pattern { get; set; } = "gpt2";

    /// <summary>The user's own regular expression.</summary>
    public string Expression { get; set; } = "";

    /// <summary>The field of records that holds the text.</summary>
    public string TextField { get; set; } = "";

    /// <summary>Or a template over fields.</summary>
    public string Template { get; set; } = "";

    /// <summary>A line each; <see cref="NoTokens"/> for none.</summary>
    public string SpecialTokens { get; set; } = "";

    /// <summary>A pair that occurs less often is not merged.</summary>
    public string MinFrequency { get; set; } = "";

    /// <summary>Whether bad records are passed over.</summary>
    public bool SkipBadRecords { get; set; }

    /// <summary>Whether the tokenizer merges bytes.</summary>
    public bool IsBytePair => Algorithm is "bpe";

    /// <summary>The spec that was meant.</summary>
    /// <param name="reader">Notes what is wrong.</param>
    public TokenizerSpec ToSpec(FieldReader reader)
    {
        var spec = new TokenizerSpec
        {
            Algorithm = IsBytePair
                ? Contracts.Tokenizer.V1.Algorithm.BytePair
                : Contracts.Tokenizer.V1.Algorithm.Character,
            TextField = TextField.Trim(),
            Template = Template,
            SkipBadRecords = SkipBadRecords,
        };
        spec.Inputs.AddRange(FieldReader.List(Inputs));
        var tokens = SpecialTokens.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (tokens.Length > 0)
            spec.SpecialTokens = new SpecialTokens { Tokens = { tokens is [NoTokens] ? [] : tokens } };
        if (!IsBytePair)
            return spec;
        spec.Pattern = Pattern is OwnPattern ? Expression : Pattern;
        spec.VocabularySize = reader.Small("vocabulary_size", Vocabulary) ?? 0;
        spec.MinFrequency = reader.Whole("min_frequency", MinFrequency) ?? 0;
        return spec;
    }
}
