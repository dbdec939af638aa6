namespace Platform.AppHost;

/// <summary>The command line is wrong; the message is meant for the user, whole. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception($"{message}{Environment.NewLine}Try -h.");
