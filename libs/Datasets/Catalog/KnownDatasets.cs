namespace Platform.Datasets.Catalog;

/// <summary>The catalog: real data sets with the hub paths and fields to use.</summary>
public static class KnownDatasets
{
    private const string ParquetBranch = "refs/convert/parquet";

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<KnownDataset> All { get; } =
    [
        new("alpaca", "Stanford Alpaca: 52,000 instructions with responses",
            CatalogSource.Hub("tatsu-lab/alpaca", "data/train-*.parquet"))
        {
            Template = "alpaca", License = "CC BY-NC 4.0",
        },
        new("arc-challenge", "AI2 ARC, challenge set: science questions with choices",
            CatalogSource.Hub("allenai/ai2_arc", "ARC-Challenge/test-*.parquet"))
        {
            TextField = "question",
            ValidationSources = [CatalogSource.Hub("allenai/ai2_arc", "ARC-Challenge/validation-*.parquet")],
            License = "CC BY-SA 4.0",
        },
        new("arc-easy", "AI2 ARC, easy set: science questions with choices",
            CatalogSource.Hub("allenai/ai2_arc", "ARC-Easy/test-*.parquet"))
        {
            TextField = "question",
            ValidationSources = [CatalogSource.Hub("allenai/ai2_arc", "ARC-Easy/validation-*.parquet")],
            License = "CC BY-SA 4.0",
        },
        new("fineweb-edu-10bt", "FineWeb-Edu, the sample of 10 billion tokens that build-nanogpt trains on",
            CatalogSource.Hub("HuggingFaceFW/fineweb-edu", "sample/10BT/*.parquet"))
        {
            License = "ODC-By 1.0",
        },
        new("hellaswag", "HellaSwag, the validation items: which of four endings is right",
            CatalogSource.Web("https://raw.githubusercontent.com/rowanz/hellaswag/master/data/hellaswag_val.jsonl"))
        {
            Kind = DatasetKind.Items, License = "MIT",
        },
        new("imdb", "Large Movie Review Dataset: 25,000 reviews, and as many for validation",
            CatalogSource.Hub("stanfordnlp/imdb", "plain_text/train-*.parquet"))
        {
            ValidationSources = [CatalogSource.Hub("stanfordnlp/imdb", "plain_text/test-*.parquet")],
        },
        new("lambada", "LAMBADA as OpenAI prepared it: guess a text's last word",
            CatalogSource.Hub("EleutherAI/lambada_openai", "data/lambada_test_en.jsonl"))
        {
            License = "MIT",
        },
        new("openwebtext", "OpenWebText: 8 million web pages, after WebText that GPT-2 was trained on",
            CatalogSource.Hub("Skylion007/openwebtext", "**/*.parquet"))
        {
            License = "CC0 1.0",
        },
        new("piqa", "PIQA, the validation items: which of two ways reaches a goal",
            CatalogSource.Hub("ybisk/piqa", "plain_text/validation/*.parquet", ParquetBranch))
        {
            TextField = "goal",
        },
        new("tinyshakespeare", "A megabyte of Shakespeare's plays, as in char-rnn and nanoGPT",
            CatalogSource.Web(
                "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
                "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"))
        {
            License = "public domain",
        },
        new("tinystories", "TinyStories: short stories in words that small children know",
            CatalogSource.Hub("roneneldan/TinyStories", "data/train-*.parquet"))
        {
            ValidationSources = [CatalogSource.Hub("roneneldan/TinyStories", "data/validation-*.parquet")],
            License = "CDLA-Sharing 1.0",
        },
        new("wikitext-103", "WikiText-103: good and featured articles of Wikipedia, as they stand",
            CatalogSource.Hub("Salesforce/wikitext", "wikitext-103-raw-v1/train-*.parquet"))
        {
            ValidationSources = [CatalogSource.Hub("Salesforce/wikitext", "wikitext-103-raw-v1/validation-*.parquet")],
            License = "CC BY-SA 3.0",
        },
        new("wikitext-2", "WikiText-2: a small part of WikiText-103",
            CatalogSource.Hub("Salesforce/wikitext", "wikitext-2-raw-v1/train-*.parquet"))
        {
            ValidationSources = [CatalogSource.Hub("Salesforce/wikitext", "wikitext-2-raw-v1/validation-*.parquet")],
            License = "CC BY-SA 3.0",
        },
        new("winogrande", "WinoGrande, the validation items: whom a pronoun's blank stands for",
            CatalogSource.Hub("allenai/winogrande", "winogrande_xl/validation/*.parquet", ParquetBranch))
        {
            TextField = "sentence", License = "Apache 2.0",
        },
    ];

    /// <summary>Finds one by its name; null where there is none.</summary>
    public static KnownDataset? Find(string name) => All.FirstOrDefault(known => known.Name == name);
}
