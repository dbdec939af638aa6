namespace Platform.Datasets;

/// <summary>The tokenizer of a data set with token shards; a copy of its file lies in the data set's folder.</summary>
/// <param name="Name"><c>tokenizers/{id}</c>.</param>
/// <param name="Sha256">SHA-256 of its tokenizer.json, lower-case hex.</param>
/// <param name="VocabularySize">Every id in the shards is below it.</param>
/// <param name="SeparatorId">The token before every document; null where documents simply follow one another.</param>
public sealed record DatasetTokenizer(string Name, string Sha256, int VocabularySize, int? SeparatorId);
