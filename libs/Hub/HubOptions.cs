namespace Platform.Hub;

/// <summary>Where the hub is, where its files are kept, and how long to try.</summary>
public sealed record HubOptions
{
    /// <summary>The folder that downloaded files lie in, absolute; files put there by hand are found too.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The hub's address; ends in a slash.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co/");

    /// <summary>Sent as a bearer token to the endpoint's own host, and to no other.</summary>
    public string? Token { get; init; }

    /// <summary>Whether only files that are there already are answered.</summary>
    public bool Offline { get; init; }

    /// <summary>How long connecting may take. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may bring nothing before it is given up and begun anew. Default 30 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts in a row that bring not a single byte. Default 5.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>The longest wait that a server may ask for (Retry-After). Default 2 min.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>As the environment says: <c>HF_ENDPOINT</c>, <c>HF_TOKEN</c>, <c>HF_HUB_OFFLINE</c> (1 or true).
    /// </summary>
    /// <param name="cacheFolder">Usually <c>hub/</c> in the data root.</param>
    /// <exception cref="UriFormatException"><c>HF_ENDPOINT</c> is no address.</exception>
    public static HubOptions FromEnvironment(string cacheFolder)
    {
        var options = new HubOptions
        {
            CacheFolder = cacheFolder,
            Token = Environment.GetEnvironmentVariable("HF_TOKEN") is { Length: > 0 } token ? token : null,
            Offline = Environment.GetEnvironmentVariable("HF_HUB_OFFLINE")?.ToLowerInvariant() is "1" or "true",
        };
        return Environment.GetEnvironmentVariable("HF_ENDPOINT") is { Length: > 0 } endpoint
            ? options with { Endpoint = new Uri(endpoint.TrimEnd('/') + "/") }
            : options;
    }
}
