namespace Platform.Tokenization;

/// <summary>Files that a tokenizer can be written to.</summary>
public enum TokenizerFormat
{
    /// <summary><c>tokenizer.json</c> and <c>tokenizer_config.json</c>; fits every tokenizer.</summary>
    HuggingFace,

    /// <summary><c>vocab.json</c> and <c>merges.txt</c>; GPT-2's pattern only, which they imply.</summary>
    VocabMerges,

    /// <summary><c>tokenizer.tiktoken</c>, and <c>tiktoken.json</c> with the pattern and the special tokens.</summary>
    Tiktoken,
}
