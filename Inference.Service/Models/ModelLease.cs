namespace Platform.InferenceHost.Models;

/// <summary>Keeps a model in memory until it is disposed of.</summary>
internal sealed class ModelLease(LoadedModel model, Action used, Action release) : IDisposable
{
    private Action? _used = used;
    private Action? _release = release;

    /// <summary>The model.</summary>
    public LoadedModel Model { get; } = model;

    /// <summary>Seconds that this caller waited for the model to be loaded; 0 where it was there.</summary>
    public double LoadSeconds { get; init; }

    /// <summary>Seconds that it took to find the model's files.</summary>
    public double ResolveSeconds { get; init; }

    /// <summary>
    /// The caller has what it wanted: that was the model's last use, even if others have one before it is let go.
    /// </summary>
    public void EndUse() => Interlocked.Exchange(ref _used, null)?.Invoke();

    /// <inheritdoc/>
    public void Dispose()
    {
        EndUse();
        Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
