namespace Platform.Evals;

/// <summary>An item cannot be scored with this model and tokenizer; the message says why.</summary>
public sealed class UnscorableException(string message) : Exception(message);
