namespace Platform.AppHost.Local;

/// <summary>Collects the suite's resources.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>The resources so far, in the order they were added.</summary>
    IReadOnlyList<ProjectResource> Resources { get; }

    /// <summary>Adds a resource; its name must not be taken.</summary>
    IResourceBuilder<ProjectResource> AddResource(ProjectResource resource);

    /// <summary>The suite, ready to start.</summary>
    DistributedApplication Build();
}
