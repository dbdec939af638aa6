using System.Text.Json;

namespace Platform.AppHost;

/// <summary>
/// <c>suite.json</c> in the data root: where the services of the running suite listen. The Cli finds them by it.
/// </summary>
internal sealed class SuiteFile(string dataRoot) : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>The file's absolute path.</summary>
    public string FullName { get; } = Path.Combine(dataRoot, "suite.json");

    /// <summary>Writes the addresses of all services that are healthy now.</summary>
    public void Write(IEnumerable<IResourceBuilder<ProjectResource>> services)
    {
        var addresses = services.ToDictionary(
            service => service.Resource.Name,
            service => service.Resource.GetEndpoints().ToDictionary(e => e.EndpointName, e => e.Url));
        var beside = FullName + ".new";
        File.WriteAllText(beside, JsonSerializer.Serialize(addresses, s_json) + "\n");
        File.Move(beside, FullName, overwrite: true);
    }

    /// <summary>Removes the file: also one that a suite left behind that was killed.</summary>
    public void Dispose() => File.Delete(FullName);
}
