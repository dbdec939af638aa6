namespace Platform.AppHost.Local;

internal sealed class DistributedApplicationBuilder(RunnerOptions options, SuiteLog log)
    : IDistributedApplicationBuilder
{
    private readonly List<ProjectResource> _resources = [];

    public IReadOnlyList<ProjectResource> Resources => _resources;

    public IResourceBuilder<ProjectResource> AddResource(ProjectResource resource)
    {
        if (_resources.Any(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"Two resources are named {resource.Name}.");
        _resources.Add(resource);
        return new Builder(resource);
    }

    public DistributedApplication Build() => new(_resources, options, log);

    private sealed record Builder(ProjectResource Resource) : IResourceBuilder<ProjectResource>;
}
