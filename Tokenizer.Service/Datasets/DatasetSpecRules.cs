using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Catalog;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Tokenization;
using Platform.Workspaces;
using Platform.Workspaces.Errors;
using Kind = Platform.Contracts.Tokenizer.V1.DatasetKind;
using Rule = Platform.Contracts.Tokenizer.V1.DocumentRule;
using ShardFormat = Platform.Contracts.Tokenizer.V1.ShardFormat;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Fills the defaults of a spec in and checks it.</summary>
internal static class DatasetSpecRules
{
    public const long MaxStoriesBytes = 4L * 1024 * 1024 * 1024;
    public const int MaxItems = 1_000_000;
    private const int MaxInputs = 1_000;
    private const long MinShardTokens = 1_000;
    private const int MinSequence = 8;
    private const int MaxSequence = 65_536;

    /// <summary>A copy with every default filled in but the separator, which the tokenizer decides.</summary>
    public static DatasetSpec WithDefaults(DatasetSpec? given)
    {
        var spec = given?.Clone() ?? new DatasetSpec();
        if (spec.Kind == Kind.Unspecified)
            spec.Kind = spec.Tokenizer.Length > 0 ? Kind.Tokens : KindInCatalog(spec);
        if (spec.Instructions is { } instructions)
            FillInstructions(spec, instructions);
        FillFromCatalog(spec);
        if (spec.TextField.Length == 0 && spec.Template.Length == 0 && !spec.FromShards)
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
            spec.ValidationShare = spec.ValidationInputs.Count > 0 ? 0 : new TokenOptions().ValidationShare;
        if (spec.ShardFormat == ShardFormat.Unspecified)
            spec.ShardFormat = ShardFormat.LlmC;
        if (spec.ShardTokens == 0)
            spec.ShardTokens = new TokenOptions().ShardTokens;
        return spec;
    }

    private static void FillInstructions(DatasetSpec spec, InstructionSpec instructions)
    {
        if (spec.Template.Length == 0)
            spec.Template = PromptStyle.Stanford.Name;
        if (instructions.Response.Length == 0)
            instructions.Response = RecordText.DefaultResponse;
        if (!instructions.HasMaskPrompt)
            instructions.MaskPrompt = true;
        if (instructions.Packing == Packing.Unspecified)
            instructions.Packing = Packing.Packed;
        // The end of an example is a token of its own; one before it would be a second.
        if (!spec.HasDocumentSeparator)
            spec.DocumentSeparator = false;
    }

    /// <summary>The field or template of a known data set, where it is the only input.</summary>
    private static void FillFromCatalog(DatasetSpec spec)
    {
        if (spec.TextField.Length > 0 || spec.Template.Length > 0 || Known(spec) is not { } known)
            return;
        if (known.Template.Length > 0)
            spec.Template = known.Template;
        else
            spec.TextField = known.TextField;
    }

    private static Kind KindInCatalog(DatasetSpec spec) =>
        Known(spec)?.Kind == Platform.Datasets.DatasetKind.Items ? Kind.Items : Kind.Documents;

    private static KnownDataset? Known(DatasetSpec spec) =>
        spec.Inputs.Count == 1 && spec.Inputs[0].StartsWith(KnownDataset.Prefix, StringComparison.Ordinal)
            ? KnownDatasets.Find(spec.Inputs[0][KnownDataset.Prefix.Length..].Split('/')[0])
            : null;

    /// <summary>Notes all that is wrong with a spec whose defaults are filled in.</summary>
    public static void Check(DatasetSpec spec, Violations problems)
    {
        CheckSources(spec, problems);
        problems.Require(Enum.IsDefined(spec.Kind), "spec.kind", "This kind is not known.");
        problems.Require(Enum.IsDefined(spec.DocumentRule), "spec.document_rule", "This rule is not known.");
        problems.Require(Enum.IsDefined(spec.ValidationSplit), "spec.validation_split", "This split is not known.");
        problems.Require(Enum.IsDefined(spec.ShardFormat), "spec.shard_format", "This format is not known.");
        if (spec.Template.Length > 0)
            CheckTemplate(spec, problems);
        if (spec.Instructions is { } instructions)
            CheckInstructions(spec, instructions, problems);
        if (spec.FromShards)
            CheckShards(spec, problems);
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
        problems.Require(
            spec.ShardFormat != ShardFormat.Raw
                || tokenizer.VocabularySize <= Platform.Datasets.Shards.ShardFormat.LargestNarrowVocabulary,
            "spec.shard_format",
            $"nanoGPT's format has 16 bits a token; {spec.Tokenizer} has {tokenizer.VocabularySize} ids.");
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
            if (spec.Instructions is not null)
                _ = DatasetSource.TextOf(spec);
        }
        catch (FormatException e)
        {
            problems.Add("spec.template", e.Message);
        }
    }

    private static void CheckInstructions(DatasetSpec spec, InstructionSpec instructions, Violations problems)
    {
        const string Field = "spec.instructions";
        problems.Require(spec.Kind == Kind.Tokens, Field, "It has a meaning for TOKENS only.");
        problems.Require(Enum.IsDefined(instructions.Packing), $"{Field}.packing", "This packing is not known.");
        problems.Require(
            instructions.Packing != Packing.Padded
                || instructions.SequenceLength is >= MinSequence and <= MaxSequence,
            $"{Field}.sequence_length",
            $"PADDED rows need the length of a run's sequences, {MinSequence} to {MaxSequence}.");
        problems.Require(
            instructions.Packing == Packing.Padded || instructions.SequenceLength == 0,
            $"{Field}.sequence_length",
            "It has a meaning for PADDED only.");
        problems.Require(
            !spec.DocumentSeparator, "spec.document_separator", "Each example ends with one; none stands before it.");
        problems.Require(
            spec.ValidationSplit != ValidationSplit.Tail,
            "spec.validation_split",
            "Examples are set aside whole: DOCUMENTS.");
    }

    /// <summary>Shards have no texts: what is said of these has no meaning.</summary>
    private static void CheckShards(DatasetSpec spec, Violations problems)
    {
        const string NoTexts = "Shards made elsewhere have tokens and no texts.";
        problems.Require(spec.Kind == Kind.Tokens, "spec.from_shards", "It has a meaning for TOKENS only.");
        problems.Require(spec.Bundled is null, "spec.bundled", NoTexts);
        problems.Require(spec.TextField.Length == 0, "spec.text_field", NoTexts);
        problems.Require(spec.Template.Length == 0, "spec.template", NoTexts);
        problems.Require(spec.DocumentRule == Rule.Unspecified, "spec.document_rule", NoTexts);
        problems.Require(spec.Instructions is null, "spec.instructions", NoTexts);
        problems.Require(!spec.SkipBadRecords, "spec.skip_bad_records", NoTexts);
        problems.Require(
            spec.ValidationSplit != ValidationSplit.Documents,
            "spec.validation_split",
            "Of shards, the TAIL is taken.");
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
            spec.ValidationInputs.Count == 0 || spec.ValidationShare == 0,
            "spec.validation_share",
            "There are validation_inputs; a share has no meaning beside them.");
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
        problems.Require(spec.ValidationInputs.Count == 0, "spec.validation_inputs", OnlyTokens);
        problems.Require(spec.ShardFormat == ShardFormat.Unspecified, "spec.shard_format", OnlyTokens);
        problems.Require(!spec.HasDocumentSeparator, "spec.document_separator", OnlyTokens);
        problems.Require(
            spec.DocumentRule == Rule.Unspecified || spec.Kind == Kind.Documents,
            "spec.document_rule",
            "Items are records of jsonl, json, csv, tsv or parquet.");
    }
}
