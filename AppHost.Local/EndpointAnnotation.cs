namespace Platform.AppHost.Local;

/// <summary>One address that a service listens on.</summary>
public sealed class EndpointAnnotation(string name, string uriScheme, string targetHost, int? port)
{
    /// <summary>The endpoint's name in the service's <c>Kestrel:Endpoints</c> section.</summary>
    public string Name { get; } = name;

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public string UriScheme { get; } = uriScheme;

    /// <summary>The host that the service binds to, as its settings have it.</summary>
    public string TargetHost { get; } = targetHost;

    /// <summary>The port to listen on; null for one that is free when the suite starts.</summary>
    public int? Port { get; set; } = port;

    /// <summary>The port that was chosen when the suite started.</summary>
    internal int? AllocatedPort { get; set; }
}
