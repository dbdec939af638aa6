namespace Platform.AppHost.Local;

/// <summary>
/// One service of the suite: its project, endpoints, settings, and what it needs from other services.
/// </summary>
public sealed class ProjectResource
{
    internal ProjectResource(string name, IProjectMetadata project)
    {
        Name = name;
        Project = project;
        Endpoints = KestrelEndpoints.Read(project);
    }

    /// <summary>The resource's name, which other services find it by.</summary>
    public string Name { get; }

    internal IProjectMetadata Project { get; }

    /// <summary>Empty for a service without a <c>Kestrel:Endpoints</c> section.</summary>
    internal List<EndpointAnnotation> Endpoints { get; }

    /// <summary>Settings from the list of resources, in order; a later one wins.</summary>
    internal List<KeyValuePair<string, string?>> Environment { get; } = [];

    internal List<string> Arguments { get; } = [];

    internal List<ProjectResource> References { get; } = [];

    internal List<ProjectResource> Dependencies { get; } = [];

    /// <summary>The path that answers 200 once the service is ready; null: ready as soon as it runs.</summary>
    internal string? HealthPath { get; set; }

    internal string? HealthEndpointName { get; set; }

    /// <summary>Every endpoint of the service.</summary>
    public IEnumerable<EndpointReference> GetEndpoints() =>
        Endpoints.Select(endpoint => new EndpointReference(this, endpoint));

    internal EndpointReference GetEndpoint(string name) =>
        GetEndpoints().FirstOrDefault(e => string.Equals(e.EndpointName, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new DistributedApplicationException($"""
            The service {Name} has no endpoint {name} in Kestrel:Endpoints of its appsettings.json.
            """);

    internal Uri? HealthUri =>
        HealthPath is null ? null : new Uri(GetEndpoint(HealthEndpointName ?? "http").Url + HealthPath);
}
