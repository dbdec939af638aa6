using System.Globalization;

namespace Platform.AppHost;

/// <summary>What every service of the suite is given.</summary>
internal static class SuiteSettings
{
    /// <summary>The data root, the user's settings, the process that workers watch, and the ports asked for.</summary>
    public static void WithSuiteSettings(this IResourceBuilder<ProjectResource> service, SuiteOptions options)
    {
        service.WithEnvironment("Platform__DataRoot", options.DataRoot);
        foreach (var (name, value) in options.PlatformSettings)
            service.WithEnvironment(name, value);

        // A worker outlives its service, but not the suite: it watches this process.
        service.WithEnvironment("PLATFORM_APPHOST_PID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        if (ProcessStart.Ticks is { } ticks)
            service.WithEnvironment("PLATFORM_APPHOST_START", ticks.ToString(CultureInfo.InvariantCulture));

        foreach (var endpoint in service.Resource.GetEndpoints())
        {
            var annotation = endpoint.EndpointAnnotation;
            annotation.Port = options.Ports.Choose(service.Resource.Name, endpoint.EndpointName, annotation.Port);
        }
    }
}
