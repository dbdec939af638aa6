namespace Platform.Tokenization.Training;

/// <summary>A training text has more distinct words than memory is allowed for; the message says what to change.
/// </summary>
public sealed class CorpusTooDiverseException(string message) : Exception(message);
