namespace Platform.ServiceDefaults.Server;

/// <summary>What a service says of itself in GetServerInfo, beside what all have in common.</summary>
public sealed class ServerInfoOptions
{
    /// <summary>The service's short name.</summary>
    public string Service { get; set; } = string.Empty;

    /// <summary>Whether models are computed for this service, so that it lists the machine's devices.</summary>
    public bool ComputesModels { get; set; }

    /// <summary>Version of libtorch; empty for services that never use it.</summary>
    public string LibtorchVersion { get; set; } = string.Empty;

    /// <summary>The largest upload in bytes; 0 where there is none.</summary>
    public long MaxUploadBytes { get; set; }

    /// <summary>Pieces of work that may wait at once.</summary>
    public int MaxQueued { get; set; }
}
