namespace Platform.Workspaces.Errors;

/// <summary>A file is corrupt beyond use (DATA_LOSS).</summary>
/// <inheritdoc cref="PlatformException(string, string, Exception)"/>
public sealed class DataLossException(string reason, string message, Exception? inner = null)
    : PlatformException(reason, message, inner)
{
    /// <summary>With the reason DATA_LOSS.</summary>
    public DataLossException(string message)
        : this("DATA_LOSS", message)
    {
    }
}
