namespace Platform.Tokenization;

/// <summary>What is known of a built-in tokenizer without reading it.</summary>
/// <param name="Id">gpt2, r50k, cl100k or o200k.</param>
/// <param name="VocabularySize">One more than the highest id.</param>
/// <param name="MergeCount">Tokens that are merged from others.</param>
/// <param name="SpecialTokens">Special tokens and their ids.</param>
public sealed record BuiltInTokenizer(
    string Id, int VocabularySize, int MergeCount, IReadOnlyDictionary<string, int> SpecialTokens);
