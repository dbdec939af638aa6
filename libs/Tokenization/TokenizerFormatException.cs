namespace Platform.Tokenization;

/// <summary>A tokenizer's files are damaged, inconsistent, or of a kind that is not supported; the message says how.
/// </summary>
public sealed class TokenizerFormatException(string message, Exception? inner = null)
    : FormatException(message, inner);
