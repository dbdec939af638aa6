namespace Platform.ServiceDefaults;

/// <summary>Bounds that every service holds its callers to.</summary>
public static class PlatformLimits
{
    /// <summary>The largest gRPC message received or sent, in bytes.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    /// <summary>Items on a page where the caller names no number.</summary>
    public const int DefaultPageSize = 50;

    /// <summary>Items on a page at most.</summary>
    public const int MaxPageSize = 1000;

    /// <summary>Connections at once at most.</summary>
    public const int MaxConnections = 2000;
}
