using System.Collections;
using System.Text;

namespace Platform.AppHost.Local;

/// <summary>
/// The environment that a service starts with: what Aspire 13.5 gives it, and what a service under this runner needs
/// besides. A test holds the result against the list.
/// </summary>
internal static class ServiceEnvironment
{
    /// <summary>Set for services whose standard input is a pipe that ends with the AppHost.</summary>
    public const string StopOnStdinEof = "PLATFORM_STOP_ON_STDIN_EOF";

    // The AppHost's own web settings would make every service listen where the AppHost was told to.
    private static readonly string[] s_own =
        ["DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE", "DOTNET_URLS", "DOTNET_CONTENTROOT", "DOTNET_APPLICATIONNAME"];

    private static readonly string[] s_ownPrefixes = ["ASPNETCORE_", "KESTREL__", "SERVICES__", "APPHOST__"];

    /// <summary>The whole environment of a service; all ports must have been chosen.</summary>
    /// <param name="resource">The service.</param>
    /// <param name="inherited">The environment of this process.</param>
    /// <param name="instanceId">Tells one start of the service from another in its telemetry.</param>
    public static Dictionary<string, string> For(ProjectResource resource, IDictionary inherited, string instanceId)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in inherited)
        {
            if (!IsOwn((string)variable.Key))
                result[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        AddLaunchProfile(result, LaunchProfile.Read(resource.Project));
        AddEndpoints(result, resource);
        foreach (var reference in resource.References)
            AddReference(result, reference);
        AddTelemetry(result, resource.Name, instanceId);
        result[StopOnStdinEof] = "1";
        // One line for an entry, so that it can carry the resource's name in front.
        result.TryAdd("Logging__Console__FormatterName", "simple");
        result.TryAdd("Logging__Console__FormatterOptions__SingleLine", "true");
        foreach (var (name, value) in resource.Environment)
        {
            if (value is null)
                result.Remove(name);
            else
                result[name] = value;
        }

        return result;
    }

    private static bool IsOwn(string name) =>
        s_own.Contains(name, StringComparer.OrdinalIgnoreCase)
        || s_ownPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static void AddLaunchProfile(Dictionary<string, string> result, LaunchProfile? profile)
    {
        if (profile is null)
            return;
        result["DOTNET_LAUNCH_PROFILE"] = profile.Name;
        foreach (var (name, value) in profile.Environment)
            result[name] = value;
    }

    private static void AddEndpoints(Dictionary<string, string> result, ProjectResource resource)
    {
        foreach (var endpoint in resource.GetEndpoints())
            result[$"Kestrel__Endpoints__{endpoint.EndpointName}__Url"] = endpoint.BindingUrl;
    }

    private static void AddReference(Dictionary<string, string> result, ProjectResource reference)
    {
        foreach (var endpoint in reference.GetEndpoints())
        {
            result[$"services__{reference.Name}__{endpoint.EndpointName}__0"] = endpoint.Url;
            var name = $"{reference.Name}_{endpoint.EndpointName}".ToUpperInvariant();
            result[Encode(name)] = endpoint.Url;
        }
    }

    // Aspire always has a collector, its dashboard; here telemetry is sent only where the user has one.
    private static void AddTelemetry(Dictionary<string, string> result, string name, string instanceId)
    {
        result["OTEL_SERVICE_NAME"] = name;
        result["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={instanceId}";
        if (result.ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT"))
            result.TryAdd("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    }

    private static string Encode(string name)
    {
        var encoded = new StringBuilder(name.Length);
        foreach (var character in name)
            encoded.Append(char.IsAsciiLetterOrDigit(character) ? character : '_');
        return encoded.ToString();
    }
}
