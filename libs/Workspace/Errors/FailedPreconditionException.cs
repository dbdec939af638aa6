namespace Platform.Workspaces.Errors;

/// <summary>
/// Not in this state: what the caller asked for would be right at another time (FAILED_PRECONDITION).
/// </summary>
/// <inheritdoc cref="PlatformException(string, string, Exception)"/>
public sealed class FailedPreconditionException(string reason, string message, Exception? inner = null)
    : PlatformException(reason, message, inner)
{
    /// <summary>With the reason FAILED_PRECONDITION.</summary>
    public FailedPreconditionException(string message)
        : this("FAILED_PRECONDITION", message)
    {
    }
}
