namespace Platform.Workspaces.Errors;

/// <summary>A queue, a quota or the memory is full (RESOURCE_EXHAUSTED).</summary>
/// <inheritdoc cref="PlatformException(string, string, Exception)"/>
public sealed class ResourceExhaustedException(string reason, string message, Exception? inner = null)
    : PlatformException(reason, message, inner)
{
    /// <summary>With the reason RESOURCE_EXHAUSTED.</summary>
    public ResourceExhaustedException(string message)
        : this("RESOURCE_EXHAUSTED", message)
    {
    }
}
