using System.Text.Json;

namespace Platform.AppHost.Local;

/// <summary>
/// The first project profile of a service's Properties/launchSettings.json: its environment is passed on.
/// </summary>
internal sealed record LaunchProfile(string Name, IReadOnlyDictionary<string, string> Environment)
{
    private static readonly JsonDocumentOptions s_json = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static LaunchProfile? Read(IProjectMetadata project)
    {
        var path = Path.Combine(Path.GetDirectoryName(project.ProjectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(path))
            return null;
        try
        {
            using var settings = JsonDocument.Parse(File.ReadAllText(path), s_json);
            if (!settings.RootElement.TryGetProperty("profiles", out var profiles))
                return null;
            foreach (var profile in profiles.EnumerateObject())
            {
                if (!profile.Value.TryGetProperty("commandName", out var command) || command.GetString() != "Project")
                    continue;
                var environment = new Dictionary<string, string>();
                if (profile.Value.TryGetProperty("environmentVariables", out var variables))
                {
                    foreach (var variable in variables.EnumerateObject())
                        environment[variable.Name] = variable.Value.GetString() ?? "";
                }

                return new LaunchProfile(profile.Name, environment);
            }

            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DistributedApplicationException($"{path}: {e.Message}", e);
        }
    }
}
