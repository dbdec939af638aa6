namespace Platform.Cli.Quickstart;

/// <summary>
/// A stage of the quickstart did not reach what it should; the message says what and how far it came.
/// </summary>
internal sealed class StageException(string message) : Exception(message);
