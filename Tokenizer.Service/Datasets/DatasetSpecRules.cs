using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Tokenization;
using Platform.Workspaces;
using Platform.Workspaces.Errors;
using Kind = Platform.Contracts.Tokenizer.V1.DatasetKind;
using Rule = Platform.Contracts.Tokenizer.V1.DocumentRule;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Fills the defaults of a spec in and checks it.</summary>
internal static class DatasetSpecRules
{
    public const long MaxStoriesBytes = 4L * 1024 * 1024 * 1024;
    public const int MaxItems = 1_000_000;
    private const int MaxInputs = 1_000;
    private const long MinShardTokens = 1_000;

    /// <summary>A copy with every default filled in but the separator, which the tokenizer decides.</summary>
    public static DatasetSpec WithDefaults(DatasetSpec? given)
    {
        var spec = given?.Clone() ?? new DatasetSpec();
        if (spec.Kind == Kind.Unspecified)
            spec.Kind = spec.Tokenizer.Length > 0 ? Kind.Tokens : Kind.Documents;
        if (spec.TextField.Length == 0 && spec.Template.Length == 0)
            spec.TextField = "text";
        if (spec.Bundled is { } bundled)
        {
            if (bundled.Form == CorpusForm.Stories && bundled.SizeBytes == 0)
                bundled.SizeBytes = 4_000_000;
            if (bundled.Form is not CorpusForm.Stories && bundled.ItemCount == 0)
                bundled.ItemCount = 1_000;
        }

        if (spec.Kind != Kind.Tokens)
            return spec;
        if (!spec.HasValidationShare)
            spec.ValidationShare = new TokenOptions().ValidationShare;
        if (spec.ShardTokens == 0)
            spec.ShardTokens = new TokenOptions().ShardTokens;
        return spec;
    }

    /// <summary>Notes all that is wrong with a spec whose defaults are filled in.</summary>
    public static void Check(DatasetSpec spec, Violations problems)
    {
        CheckSources(spec, problems);
        problems.Require(Enum.IsDefined(spec.Kind), "spec.kind", "This kind is not known.");
        problems.Require(Enum.IsDefined(spec.DocumentRule), "spec.document_rule", "This rule is not known.");
        problems.Require(Enum.IsDefined(spec.ValidationSplit), "spec.validation_split", "This split is not known.");
        if (spec.Template.Length > 0)
            CheckTemplate(spec, problems);
        if (spec.Kind == Kind.Tokens)
            CheckTokens(spec, problems);
        else
            CheckNoTokens(spec, problems);
    }

    /// <summary>The separator's default and check, once the tokenizer is known.</summary>
    public static void ResolveSeparator(DatasetSpec spec, TextTokenizer tokenizer, Violations problems)
    {
        if (!spec.HasDocumentSeparator)
            spec.DocumentSeparator = tokenizer.EndOfText is not null;
        problems.Require(
            !spec.DocumentSeparator || tokenizer.EndOfText is not null,
            "spec.document_separator",
            $"{spec.Tokenizer} has no token {DocumentReader.Separator}.");
    }

    private static void CheckSources(DatasetSpec spec, Violations problems)
    {
        problems.Require(
            spec.Inputs.Count > 0 != spec.Bundled is not null,
            "spec.inputs",
            "Give one or more inputs, or a piece of the bundled corpus in spec.bundled; not both.");
        problems.Require(spec.Inputs.Count <= MaxInputs, "spec.inputs", $"At most {MaxInputs} inputs.");
        if (spec.Bundled is not { } bundled)
            return;
        problems.Require(
            bundled.Form != CorpusForm.Unspecified && Enum.IsDefined(bundled.Form),
            "spec.bundled.form",
            "STORIES, ENDINGS, REVIEWS or INSTRUCTIONS.");
        problems.Require(
            bundled.SizeBytes is >= 0 and <= MaxStoriesBytes,
            "spec.bundled.size_bytes",
            $"{bundled.SizeBytes} is not between 0 and {MaxStoriesBytes}.");
        problems.Require(
            bundled.ItemCount is >= 0 and <= MaxItems,
            "spec.bundled.item_count",
            $"{bundled.ItemCount} is not between 0 and {MaxItems}.");
        problems.Require(
            spec.Kind != Kind.Items || bundled.Form == CorpusForm.Endings,
            "spec.bundled.form",
            "Only ENDINGS makes evaluation items.");
    }

    private static void CheckTemplate(DatasetSpec spec, Violations problems)
    {
        problems.Require(spec.TextField.Length == 0, "spec.text_field", "It has no meaning beside a template.");
        try
        {
            _ = RecordText.OfTemplate(spec.Template);
        }
        catch (FormatException e)
        {
            problems.Add("spec.template", e.Message);
        }
    }

    private static void CheckTokens(DatasetSpec spec, Violations problems)
    {
        problems.Require(
            ResourceName.TryParse(spec.Tokenizer, "tokenizers") is not null,
            "spec.tokenizer",
            spec.Tokenizer.Length == 0
                ? "Token shards need a tokenizer: tokenizers/{tokenizer}."
                : $"'{spec.Tokenizer}' is not of the form tokenizers/{{tokenizer}}.");
        problems.Require(
            spec.ValidationShare is >= 0 and <= 0.5,
            "spec.validation_share",
            $"{spec.ValidationShare} is not between 0 and 0.5.");
        problems.Require(
            spec.ShardTokens is >= MinShardTokens and <= int.MaxValue,
            "spec.shard_tokens",
            $"{spec.ShardTokens} is not between {MinShardTokens} and {int.MaxValue}.");
    }

    private static void CheckNoTokens(DatasetSpec spec, Violations problems)
    {
        const string OnlyTokens = "It has a meaning for TOKENS only.";
        problems.Require(spec.Tokenizer.Length == 0, "spec.tokenizer", OnlyTokens);
        problems.Require(
            !spec.HasValidationShare || spec.ValidationShare == 0, "spec.validation_share", OnlyTokens);
        problems.Require(spec.ShardTokens == 0, "spec.shard_tokens", OnlyTokens);
        problems.Require(!spec.HasDocumentSeparator, "spec.document_separator", OnlyTokens);
        problems.Require(
            spec.DocumentRule == Rule.Unspecified || spec.Kind == Kind.Documents,
            "spec.document_rule",
            "Items are records of jsonl, json, csv or tsv.");
    }
}
