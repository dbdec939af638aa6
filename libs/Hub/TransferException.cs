namespace Platform.Hub;

/// <summary>An attempt that failed in a way that another one may not; the message is a clause.</summary>
internal sealed class TransferException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the server asked to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether not even a connection came about.</summary>
    public bool Unreachable { get; init; }
}
