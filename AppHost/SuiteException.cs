namespace Platform.AppHost;

/// <summary>The suite cannot start; the message is meant for the user, whole. Exit code 1.</summary>
internal sealed class SuiteException(string message, Exception? inner = null) : Exception(message, inner);
