namespace Platform.AppHost.Local;

/// <summary>The suite cannot start or go on; the message is meant for the user, whole.</summary>
public sealed class DistributedApplicationException : Exception
{
    /// <inheritdoc cref="DistributedApplicationException"/>
    public DistributedApplicationException()
    {
    }

    /// <inheritdoc cref="DistributedApplicationException"/>
    public DistributedApplicationException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="DistributedApplicationException"/>
    public DistributedApplicationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
