namespace Platform.Workspaces.Errors;

/// <summary>Something that this service needs does not answer; trying again may help (UNAVAILABLE).</summary>
/// <inheritdoc cref="PlatformException(string, string, Exception)"/>
public sealed class UnavailableException(string reason, string message, Exception? inner = null)
    : PlatformException(reason, message, inner)
{
    /// <summary>With the reason UNAVAILABLE.</summary>
    public UnavailableException(string message)
        : this("UNAVAILABLE", message)
    {
    }
}
