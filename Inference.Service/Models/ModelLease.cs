namespace Platform.InferenceHost.Models;

/// <summary>Keeps a model in memory until it is disposed of.</summary>
internal sealed class ModelLease(LoadedModel model, double loadSeconds, Action release) : IDisposable
{
    private Action? _release = release;

    /// <summary>The model.</summary>
    public LoadedModel Model { get; } = model;

    /// <summary>Seconds that this caller waited for the model to be loaded; 0 where it was there.</summary>
    public double LoadSeconds { get; } = loadSeconds;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
