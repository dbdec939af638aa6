namespace Platform.Tokenization;

/// <summary>A text is too long for one piece of work and has no place to cut it.</summary>
public sealed class UncutTextException(string message) : InvalidOperationException(message);
