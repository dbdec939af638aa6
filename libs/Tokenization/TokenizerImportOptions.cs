namespace Platform.Tokenization;

/// <summary>What files leave to whoever reads them.</summary>
public sealed record TokenizerImportOptions
{
    /// <summary>The pattern, for formats that do not carry it: <c>vocab.json</c> and <c>merges.txt</c> (else GPT-2's),
    /// <c>.tiktoken</c>, a GGUF whose pre-tokenizer is not known. Null: what the file says or implies.</summary>
    public PretokenizerPattern? Pattern { get; init; }

    /// <summary>Special tokens and their ids, for a <c>.tiktoken</c> file. Null: those of the encoding that the file is
    /// known to be, or of <c>tiktoken.json</c> beside it; else none.</summary>
    public IReadOnlyDictionary<string, int>? SpecialTokens { get; init; }
}
