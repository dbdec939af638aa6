namespace Platform.Cli.Suite;

/// <summary>The suite was not found or does not answer; the message says what to do.</summary>
internal sealed class SuiteException(string message) : Exception(message);
