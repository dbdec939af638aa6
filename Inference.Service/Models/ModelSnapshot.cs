namespace Platform.InferenceHost.Models;

/// <summary>A model in memory as it is now.</summary>
internal sealed record ModelSnapshot(LoadedModel Model, DateTimeOffset LoadTime, DateTimeOffset LastUseTime);
