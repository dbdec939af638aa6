namespace Platform.Cli.Specs;

/// <summary>A spec that cannot be read; the message names the line or the path.</summary>
internal sealed class SpecException(string message) : Exception(message);
