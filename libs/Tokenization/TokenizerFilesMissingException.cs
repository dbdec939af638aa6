namespace Platform.Tokenization;

/// <summary>A tokenizer's files are not there; the message names them and the folder where they belong.</summary>
public sealed class TokenizerFilesMissingException(string message) : IOException(message);
