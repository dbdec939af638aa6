using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Datasets;

/// <summary>What was typed to make a data set. Fields that are empty are left to the service.</summary>
public sealed class DatasetForm
{
    /// <summary>The value of <see cref="Source"/> for a file that the browser sends.</summary>
    public const string OwnFile = "file";

    /// <summary>The file endings that can be sent.</summary>
    public const string FileEndings =
        ".txt,.md,.jsonl,.json,.csv,.tsv,.parquet,.gz,.zst,.bin,.npy";

    /// <summary><see cref="OwnFile"/>, <c>input</c>, <c>catalog</c> or <c>bundled</c>.</summary>
    public string Source { get; set; } = OwnFile;

    /// <summary>For <c>input</c>: sources with commas between them.</summary>
    public string Inputs { get; set; } = "";

    /// <summary>For <c>catalog</c>: a name of the catalog.</summary>
    public string Known { get; set; } = "";

    /// <summary>For <c>bundled</c>: what the corpus writes.</summary>
    public string Form { get; set; } = "stories";

    /// <summary>For <c>bundled</c>: bytes of stories, or items.</summary>
    public string Size { get; set; } = "";

    /// <summary>For <c>bundled</c>: its seed.</summary>
    public string Seed { get; set; } = "";

    /// <summary><c>tokens</c>, <c>instructions</c>, <c>shards</c>, <c>documents</c> or <c>items</c>.</summary>
    public string Kind { get; set; } = "tokens";

    /// <summary>The tokenizer's name.</summary>
    public string Tokenizer { get; set; } = "";

    /// <summary>Share for validation.</summary>
    public string Share { get; set; } = "";

    /// <summary>Or sources for validation.</summary>
    public string Validation { get; set; } = "";

    /// <summary>The shards' format.</summary>
    public string Format { get; set; } = "llmc";

    /// <summary>How files are divided into documents.</summary>
    public string Rule { get; set; } = "type";

    /// <summary>The field of records that holds the text.</summary>
    public string TextField { get; set; } = "";

    /// <summary>Or a template; of instructions the prompt.</summary>
    public string Template { get; set; } = "";

    /// <summary>Of instructions: the response.</summary>
    public string Response { get; set; } = "";

    /// <summary>Of instructions: whether the prompt is left out of the loss.</summary>
    public bool MaskPrompt { get; set; } = true;

    /// <summary>Of instructions: <c>packed</c> or <c>padded</c>.</summary>
    public string Packing { get; set; } = "packed";

    /// <summary>Of padded instructions: the tokens that a run sees at once.</summary>
    public string SequenceLength { get; set; } = "";

    /// <summary>Whether bad records are passed over.</summary>
    public bool SkipBadRecords { get; set; }

    /// <summary>Whether token shards are made.</summary>
    public bool MakesTokens => Kind is "tokens" or "instructions" or "shards";

    /// <summary>Whether the sources have texts or records.</summary>
    public bool ReadsTexts => Kind is not "shards" && Source is not "bundled";

    /// <summary>The spec that was meant; without the file that the browser sends.</summary>
    /// <param name="reader">Notes what is wrong.</param>
    public DatasetSpec ToSpec(FieldReader reader)
    {
        var spec = new DatasetSpec
        {
            Kind = Kind switch
            {
                "documents" => DatasetKind.Documents,
                "items" => DatasetKind.Items,
                _ => DatasetKind.Tokens,
            },
            FromShards = Kind is "shards",
        };
        AddSource(spec, reader);
        if (ReadsTexts)
            AddTexts(spec);
        if (MakesTokens)
            AddTokens(spec, reader);
        if (Kind is "instructions")
            spec.Instructions = Instructions(spec, reader);
        return spec;
    }

    private void AddSource(DatasetSpec spec, FieldReader reader)
    {
        switch (Source)
        {
            case "input":
                spec.Inputs.AddRange(FieldReader.List(Inputs));
                break;
            case "catalog":
                spec.Inputs.Add($"catalog:{Known}");
                break;
            case "bundled":
                spec.Bundled = Bundled(reader);
                break;
        }
    }

    private void AddTexts(DatasetSpec spec)
    {
        spec.TextField = TextField.Trim();
        spec.Template = Template;
        spec.SkipBadRecords = SkipBadRecords;
        spec.DocumentRule = Rule switch
        {
            "file" => DocumentRule.File,
            "line" => DocumentRule.Line,
            "record" => DocumentRule.Record,
            "mark" => DocumentRule.EndOfText,
            _ => DocumentRule.Unspecified,
        };
    }

    private void AddTokens(DatasetSpec spec, FieldReader reader)
    {
        spec.Tokenizer = Tokenizer;
        if (reader.Number("validation_share", Share) is { } share)
            spec.ValidationShare = share;
        spec.ValidationInputs.AddRange(FieldReader.List(Validation));
        spec.ShardFormat = Format switch
        {
            "npy" => ShardFormat.Npy,
            "raw" => ShardFormat.Raw,
            _ => ShardFormat.LlmC,
        };
    }

    private InstructionSpec Instructions(DatasetSpec spec, FieldReader reader)
    {
        spec.Template = Template;
        var isPadded = Packing is "padded";
        return new InstructionSpec
        {
            Response = Response,
            MaskPrompt = MaskPrompt,
            Packing = isPadded ? Contracts.Tokenizer.V1.Packing.Padded : Contracts.Tokenizer.V1.Packing.Packed,
            SequenceLength =
                isPadded ? reader.Small("instructions.sequence_length", SequenceLength) ?? 0 : 0,
        };
    }

    private BundledCorpus Bundled(FieldReader reader)
    {
        var bundled = new BundledCorpus
        {
            Form = Form switch
            {
                "endings" => CorpusForm.Endings,
                "reviews" => CorpusForm.Reviews,
                "instructions" => CorpusForm.Instructions,
                _ => CorpusForm.Stories,
            },
            Seed = reader.Whole("bundled.seed", Seed) ?? 0,
        };
        if (bundled.Form is CorpusForm.Stories)
            bundled.SizeBytes = reader.Whole("bundled.size_bytes", Size) ?? 0;
        else
            bundled.ItemCount = reader.Small("bundled.item_count", Size) ?? 0;
        return bundled;
    }
}
