namespace Platform.Datasets;

/// <summary>What a data set holds.</summary>
public enum DatasetKind
{
    /// <summary>Texts, one record each, in <c>documents-00000.jsonl</c> and on.</summary>
    Documents,

    /// <summary>Token shards, split into train and val, with the tokenizer that made them.</summary>
    Tokens,

    /// <summary>Evaluation items in HellaSwag's format, in <c>items.jsonl</c>.</summary>
    Items,
}
