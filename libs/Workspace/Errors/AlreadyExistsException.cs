namespace Platform.Workspaces.Errors;

/// <summary>Something of that name exists already (ALREADY_EXISTS).</summary>
/// <inheritdoc cref="PlatformException(string, string, Exception)"/>
public sealed class AlreadyExistsException(string reason, string message, Exception? inner = null)
    : PlatformException(reason, message, inner)
{
    /// <summary>With the reason ALREADY_EXISTS.</summary>
    public AlreadyExistsException(string message)
        : this("ALREADY_EXISTS", message)
    {
    }
}
