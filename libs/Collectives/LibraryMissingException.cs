namespace Platform.Collectives;

/// <summary>The library or program that ranks need is not installed; the message names the package.</summary>
public sealed class LibraryMissingException(string message, Exception? inner = null) : Exception(message, inner);
