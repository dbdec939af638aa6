namespace Platform.Specs;

/// <summary>A spec that cannot be read; the message names the line or the path.</summary>
public sealed class SpecException(string message) : Exception(message);
