namespace Platform.Workspaces.Errors;

/// <summary>What was named does not exist (NOT_FOUND).</summary>
/// <inheritdoc cref="PlatformException(string, string, Exception)"/>
public sealed class NotFoundException(string reason, string message, Exception? inner = null)
    : PlatformException(reason, message, inner)
{
    /// <summary>With the reason NOT_FOUND.</summary>
    public NotFoundException(string message)
        : this("NOT_FOUND", message)
    {
    }
}
