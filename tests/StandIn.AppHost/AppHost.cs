namespace Platform.AppHost;

internal static class Suite
{
    public static IReadOnlyList<IResourceBuilder<ProjectResource>> AddSuite(
        this IDistributedApplicationBuilder builder, SuiteOptions options)
    {
        var tokenizer = builder.AddProject<Projects.StandIn_Service>("tokenizer");
        var trainer = builder.AddProject<Projects.StandIn_Service>("trainer").WithReference(tokenizer);
        var dashboard = builder.AddProject<Projects.StandIn_Service>("dashboard")
            .WithReference(tokenizer).WaitFor(tokenizer)
            .WithReference(trainer).WaitFor(trainer);
        IResourceBuilder<ProjectResource>[] services = [tokenizer, trainer, dashboard];
        foreach (var service in services)
            service.WithHttpHealthCheck("/health").WithSuiteSettings(options);
        return services;
    }
}
