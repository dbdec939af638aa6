namespace Platform.TokenizerHost.Jobs;

internal static class JobServiceExtensions
{
    /// <summary>Registers the work of a collection and its queue, which starts with the host.</summary>
    public static IServiceCollection AddJobQueue<TWork>(this IServiceCollection services)
        where TWork : class, IJobWork
    {
        services.AddSingleton<TWork>();
        services.AddSingleton<JobQueue<TWork>>();
        services.AddHostedService(provider => provider.GetRequiredService<JobQueue<TWork>>());
        return services;
    }
}
