namespace Platform.AppHost.Local;

/// <summary>
/// The suite as processes of this machine: started side by side, each when what it waits for is healthy.
/// </summary>
public sealed class DistributedApplication : IAsyncDisposable
{
    private readonly IReadOnlyList<ProjectResource> _resources;
    private readonly Dictionary<ProjectResource, ServiceSupervisor> _supervisors;
    private readonly SuiteLog _log;
    private Task _running = Task.CompletedTask;

    internal DistributedApplication(IReadOnlyList<ProjectResource> resources, RunnerOptions options, SuiteLog log)
    {
        _resources = resources;
        _log = log;
        _log.Register(resources.Select(r => r.Name));
        _supervisors = resources.ToDictionary(r => r, r => new ServiceSupervisor(r, options, log));
        ResourceNotifications = new ResourceNotificationService(_supervisors.Values);
    }

    /// <summary>Tells when a service is ready.</summary>
    public ResourceNotificationService ResourceNotifications { get; }

    /// <summary>Begins a suite.</summary>
    /// <param name="args">Arguments for the orchestrator; this one knows none.</param>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) =>
        args.Length == 0
            ? new DistributedApplicationBuilder(RunnerOptions.FromEnvironment(), SuiteLog.ForConsole())
            : throw new DistributedApplicationException($"Unknown argument: {args[0]}");

    /// <summary>Chooses the ports and begins to start every service.</summary>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Ports.Allocate(_resources);
        _running = Task.WhenAll(_resources.Select(resource => Task.Run(
            () => _supervisors[resource].RunAsync(resource.Dependencies.Select(d => _supervisors[d].Healthy)),
            CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <summary>
    /// Asks every service to stop and waits until all have; kills what is left when
    /// <paramref name="cancellationToken"/> is cancelled.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        foreach (var supervisor in _supervisors.Values)
            supervisor.Stop();
        await using (cancellationToken.Register(Kill))
            await _running;
    }

    /// <summary>
    /// Sends the services' log lines to a file while something else draws on the terminal; null: back.
    /// </summary>
    public void RedirectLogs(string? path) => _log.RedirectTo(path);

    /// <summary>Kills what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await _running;
        foreach (var supervisor in _supervisors.Values)
            supervisor.Dispose();
        _log.Dispose();
    }

    private void Kill()
    {
        foreach (var supervisor in _supervisors.Values)
            supervisor.Kill();
    }
}
