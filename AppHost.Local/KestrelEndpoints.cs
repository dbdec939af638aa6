using System.Text.Json;

namespace Platform.AppHost.Local;

/// <summary>
/// Reads the endpoints that a service declares itself (<c>Kestrel:Endpoints</c> in its appsettings.json), as Aspire
/// does: a service with a single endpoint for a scheme has it under the scheme's name.
/// </summary>
internal static class KestrelEndpoints
{
    private static readonly JsonDocumentOptions s_json = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static List<EndpointAnnotation> Read(IProjectMetadata project)
    {
        var path = Path.Combine(Path.GetDirectoryName(project.ProjectPath)!, "appsettings.json");
        if (!File.Exists(path))
            return [];
        try
        {
            using var settings = JsonDocument.Parse(File.ReadAllText(path), s_json);
            if (Property(settings.RootElement, "Kestrel") is not { } kestrel
                || Property(kestrel, "Endpoints") is not { ValueKind: JsonValueKind.Object } endpoints)
            {
                return [];
            }

            var declared = endpoints.EnumerateObject()
                .Select(e => (e.Name, Url: Property(e.Value, "Url")?.GetString()))
                .Where(e => e.Url is not null)
                .Select(e => Parse(e.Name, e.Url!))
                .ToList();
            return [.. declared.Select(e => declared.Count(other => other.UriScheme == e.UriScheme) == 1
                ? new EndpointAnnotation(e.UriScheme, e.UriScheme, e.TargetHost, e.Port)
                : e)];
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new DistributedApplicationException($"{path}: {e.Message}", e);
        }
    }

    // Not Uri: Kestrel's addresses may have the hosts * and +.
    private static EndpointAnnotation Parse(string name, string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var colon = url.LastIndexOf(':');
        if (scheme < 0 || colon <= scheme + 3 || !int.TryParse(url.AsSpan(colon + 1).TrimEnd('/'), out var port))
            throw new FormatException($"Kestrel:Endpoints:{name}:Url is not scheme://host:port: {url}");
        return new EndpointAnnotation(name, url[..scheme], url[(scheme + 3)..colon], port == 0 ? null : port);
    }

    // Configuration keys do not mind their case.
    private static JsonElement? Property(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var property in element.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }

        return null;
    }
}
