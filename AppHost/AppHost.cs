namespace Platform.AppHost;

/// <summary>
/// The suite: every service, what it needs, and when it is ready. Aspire and the local runner compile this same file.
/// Ports are in each service's appsettings.json.
/// </summary>
internal static class Suite
{
    /// <summary>Adds all services to <paramref name="builder"/>.</summary>
    public static IReadOnlyList<IResourceBuilder<ProjectResource>> AddSuite(
        this IDistributedApplicationBuilder builder, SuiteOptions options)
    {
        var tokenizer = builder.AddProject<Projects.Tokenizer_Service>("tokenizer");

        var trainer = builder.AddProject<Projects.Trainer_Service>("trainer")
            .WithReference(tokenizer);

        var eval = builder.AddProject<Projects.Eval_Service>("eval")
            .WithReference(tokenizer)
            .WithReference(trainer);

        var inference = builder.AddProject<Projects.Inference_Service>("inference")
            .WithReference(tokenizer)
            .WithReference(trainer);

        var dashboard = builder.AddProject<Projects.Dashboard>("dashboard")
            .WithReference(tokenizer).WaitFor(tokenizer)
            .WithReference(trainer).WaitFor(trainer)
            .WithReference(eval).WaitFor(eval)
            .WithReference(inference).WaitFor(inference)
            .WithExternalHttpEndpoints();

        IResourceBuilder<ProjectResource>[] services = [tokenizer, trainer, eval, inference, dashboard];
        foreach (var service in services)
            service.WithHttpHealthCheck("/health").WithSuiteSettings(options);
        return services;
    }
}
