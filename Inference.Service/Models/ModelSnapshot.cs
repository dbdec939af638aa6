namespace Platform.InferenceHost.Models;

/// <summary>A model in memory as it is now.</summary>
internal sealed record ModelSnapshot(
    LoadedModel Model, string Reference, DateTimeOffset LoadTime, DateTimeOffset LastUseTime);
