namespace Platform.Collectives;

/// <summary>The exchange between ranks failed: a rank is gone, or the library says so.</summary>
public sealed class CommunicationException(string message, Exception? inner = null) : Exception(message, inner);
