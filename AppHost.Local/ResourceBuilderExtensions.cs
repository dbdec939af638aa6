namespace Platform.AppHost.Local;

/// <summary>
/// The calls of Aspire that the list of resources uses, in the same shapes and with the same effect, so that one file
/// compiles against either.
/// </summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Adds a service by its project.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() =>
        builder.AddResource(new ProjectResource(name, new TProject()));

    /// <summary>Tells the service where another one listens: <c>services__x__grpc__0</c> and <c>X_GRPC</c>.</summary>
    public static IResourceBuilder<ProjectResource> WithReference(
        this IResourceBuilder<ProjectResource> builder, IResourceBuilder<ProjectResource> source)
    {
        builder.Resource.References.Add(source.Resource);
        return builder;
    }

    /// <summary>Starts the service only when another one is healthy.</summary>
    public static IResourceBuilder<ProjectResource> WaitFor(
        this IResourceBuilder<ProjectResource> builder, IResourceBuilder<ProjectResource> dependency)
    {
        builder.Resource.Dependencies.Add(dependency.Resource);
        return builder;
    }

    /// <summary>The service is healthy once this path answers 200 over HTTP/1.1.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="path">A path on the endpoint; the root where null.</param>
    /// <param name="endpointName">The endpoint to ask; null for the one named http.</param>
    public static IResourceBuilder<ProjectResource> WithHttpHealthCheck(
        this IResourceBuilder<ProjectResource> builder, string? path = null, string? endpointName = null)
    {
        builder.Resource.HealthPath = path ?? "/";
        builder.Resource.HealthEndpointName = endpointName;
        return builder;
    }

    /// <summary>Sets an environment variable of the service.</summary>
    public static IResourceBuilder<ProjectResource> WithEnvironment(
        this IResourceBuilder<ProjectResource> builder, string name, string? value)
    {
        builder.Resource.Environment.Add(new(name, value));
        return builder;
    }

    /// <summary>Appends arguments to the service's command line.</summary>
    public static IResourceBuilder<ProjectResource> WithArgs(
        this IResourceBuilder<ProjectResource> builder, params string[] args)
    {
        builder.Resource.Arguments.AddRange(args);
        return builder;
    }

    /// <summary>
    /// Marks the service's addresses as meant for people. It matters when Aspire publishes; a service that runs here
    /// listens where its settings say.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithExternalHttpEndpoints(
        this IResourceBuilder<ProjectResource> builder) => builder;

    /// <summary>One endpoint of the service, by name.</summary>
    public static EndpointReference GetEndpoint(this IResourceBuilder<ProjectResource> builder, string name) =>
        builder.Resource.GetEndpoint(name);
}
