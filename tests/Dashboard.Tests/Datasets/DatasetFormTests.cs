using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Components;
using Platform.Dashboard.Datasets;

namespace Platform.Dashboard.Tests.Datasets;

public sealed class DatasetFormTests
{
    private readonly FieldReader _reader = new();

    [Fact]
    public void ToSpec_TokensOfADataset_LeavesTheRestToTheService()
    {
        var form = new DatasetForm { Source = "input", Inputs = "datasets/a", Tokenizer = "tokenizers/t" };

        var expected = new DatasetSpec
        {
            Inputs = { "datasets/a" },
            Kind = DatasetKind.Tokens,
            Tokenizer = "tokenizers/t",
            ShardFormat = ShardFormat.LlmC,
        };
        Assert.Equal(expected, form.ToSpec(_reader));
        Assert.Null(_reader.Failure);
    }

    [Fact]
    public void ToSpec_Instructions_HaveTemplateMaskAndRows()
    {
        var form = new DatasetForm
        {
            Kind = "instructions",
            Tokenizer = "tokenizers/t",
            Template = "alpaca-litgpt",
            Response = "{answer}",
            MaskPrompt = false,
            Packing = "padded",
            SequenceLength = "1,024",
        };

        var spec = form.ToSpec(_reader);

        Assert.Equal((DatasetKind.Tokens, "alpaca-litgpt"), (spec.Kind, spec.Template));
        var expected = new InstructionSpec
        {
            Response = "{answer}",
            MaskPrompt = false,
            Packing = Packing.Padded,
            SequenceLength = 1_024,
        };
        Assert.Equal(expected, spec.Instructions);
    }

    [Fact]
    public void ToSpec_InstructionsOfTheCorpus_KeepTheirTemplate()
    {
        var form = new DatasetForm
        {
            Source = "bundled",
            Form = "instructions",
            Kind = "instructions",
            Template = "alpaca",
            Size = "50",
            SequenceLength = "no number, but packed",
        };

        var spec = form.ToSpec(_reader);

        Assert.Equal(("alpaca", 50), (spec.Template, spec.Bundled.ItemCount));
        Assert.Equal(Packing.Packed, spec.Instructions.Packing);
        Assert.Null(_reader.Failure);
    }

    [Fact]
    public void ToSpec_Catalog_NamesIt()
    {
        var form = new DatasetForm { Source = "catalog", Known = "imdb", Kind = "documents" };

        Assert.Equal(["catalog:imdb"], form.ToSpec(_reader).Inputs);
    }

    [Fact]
    public void ToSpec_ShardsMadeElsewhere_HaveNothingOfTexts()
    {
        var form = new DatasetForm
        {
            Source = "input",
            Inputs = "path:/data/fineweb",
            Kind = "shards",
            Tokenizer = "tokenizers/gpt2",
            TextField = "text",
            Rule = "line",
            SkipBadRecords = true,
            Format = "npy",
            Validation = "path:/data/val.bin",
        };

        var expected = new DatasetSpec
        {
            FromShards = true,
            Inputs = { "path:/data/fineweb" },
            ValidationInputs = { "path:/data/val.bin" },
            Kind = DatasetKind.Tokens,
            Tokenizer = "tokenizers/gpt2",
            ShardFormat = ShardFormat.Npy,
        };
        Assert.Equal(expected, form.ToSpec(_reader));
    }

    [Fact]
    public void ToSpec_Texts_HaveFieldRuleAndSkipping()
    {
        var form = new DatasetForm
        {
            Kind = "documents",
            TextField = "review",
            Rule = "record",
            SkipBadRecords = true,
            Share = "not sent",
        };

        var expected = new DatasetSpec
        {
            Kind = DatasetKind.Documents,
            TextField = "review",
            DocumentRule = DocumentRule.Record,
            SkipBadRecords = true,
        };
        Assert.Equal(expected, form.ToSpec(_reader));
        Assert.Null(_reader.Failure);
    }

    [Fact]
    public void ToSpec_WordsForNumbers_AreProblemsOfTheirFields()
    {
        _ = new DatasetForm { Share = "half", Source = "bundled", Seed = "x", Size = "9,999,999,999,999,999,999" }
            .ToSpec(_reader);

        foreach (var field in new[] { "validation_share", "bundled.seed", "bundled.size_bytes" })
            Assert.NotNull(FieldReader.Problem(_reader.Failure, field));
    }

    [Fact]
    public void FileEndings_AreAllThatTheServiceReads() => Assert.Equal(
        [".bin", ".csv", ".gz", ".json", ".jsonl", ".md", ".npy", ".parquet", ".tsv", ".txt", ".zst"],
        DatasetForm.FileEndings.Split(',').Order(StringComparer.Ordinal));

    [Fact]
    public void Histogram_OfLengths_HasABarForEachBucket()
    {
        var figure = DatasetPreview.Histogram(new LengthHistogram
        {
            Unit = "tokens",
            Buckets = { new LengthBucket { From = 768, Count = 3 }, new LengthBucket { From = 1_024, Count = 0 } },
        });

        Assert.Equal(["768", "1,024"], figure.Categories);
        Assert.Equal([3.0, 0.0], figure.Series.Single().Y);
    }
}
