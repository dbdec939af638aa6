namespace Platform.AppHost.Local;

/// <summary>Tells when a service is ready.</summary>
public sealed class ResourceNotificationService
{
    private readonly Dictionary<string, Task> _healthy;

    internal ResourceNotificationService(IEnumerable<ServiceSupervisor> supervisors) =>
        _healthy = supervisors.ToDictionary(s => s.Name, s => s.Healthy);

    /// <summary>
    /// Ends when the service was healthy for the first time. Fails with <see cref="DistributedApplicationException"/>,
    /// which has the service's last log lines, when it ended or took too long.
    /// </summary>
    public Task WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        _healthy[resourceName].WaitAsync(cancellationToken);
}
