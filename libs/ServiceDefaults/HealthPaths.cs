namespace Platform.ServiceDefaults;

/// <summary>Where health is asked for, without an API key.</summary>
public static class HealthPaths
{
    /// <summary>Whether the service can do its work.</summary>
    public const string Health = "/health";

    /// <summary>Whether the process answers at all.</summary>
    public const string Alive = "/alive";
}
