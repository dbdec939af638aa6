using Platform.Models;

namespace Platform.InferenceHost.Models;

/// <summary>
/// A model that is loaded or being loaded. All members but <see cref="Loading"/> under the registry's lock.
/// </summary>
internal sealed class ModelEntry(string key, ResolvedModel source, DateTimeOffset now)
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Names it among the models in memory.</summary>
    public string Key => key;

    /// <summary>Lets go of the base that it needs, once it is freed; null where there is none.</summary>
    public Action? OnIdle { get; set; }

    /// <summary>Where its files are.</summary>
    public ResolvedModel Source { get; } = source;

    /// <summary>References that callers used for it.</summary>
    public HashSet<string> References { get; } = [];

    /// <summary>Completes with the model.</summary>
    public TaskCompletionSource<LoadedModel> Loading { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The model, once it is loaded.</summary>
    public LoadedModel? Model { get; set; }

    /// <summary>Bytes that are set aside for it.</summary>
    public long Bytes { get; set; }

    /// <summary>Calls that use it or wait for it.</summary>
    public int Leases { get; private set; }

    /// <summary>Adapters in memory that are its own.</summary>
    public int Holds { get; private set; }

    /// <summary>
    /// The reference by which a caller first asked for it; null where only its adapters were asked for.
    /// </summary>
    public string? Reference { get; set; }

    /// <summary>Whether it goes as soon as nobody uses it; new calls load it anew.</summary>
    public bool Retired { get; private set; }

    /// <summary>When it was loaded.</summary>
    public DateTimeOffset LoadTime { get; set; } = now;

    /// <summary>When it was last used.</summary>
    public DateTimeOffset LastUseTime { get; private set; } = now;

    /// <summary>Completes when it is retired and nobody uses it.</summary>
    public Task Idle => _idle.Task;

    /// <summary>One more user.</summary>
    public void Acquire(DateTimeOffset now)
    {
        Leases++;
        Use(now);
    }

    /// <summary>It is used, or was until now.</summary>
    public void Use(DateTimeOffset now) => LastUseTime = now;

    /// <summary>One user less.</summary>
    public void Release()
    {
        Leases--;
        CompleteIfIdle();
    }

    /// <summary>One more adapter of it.</summary>
    public void Hold() => Holds++;

    /// <summary>One adapter less.</summary>
    public void Unhold()
    {
        Holds--;
        CompleteIfIdle();
    }

    /// <summary>No new users from now on.</summary>
    public void Retire()
    {
        Retired = true;
        CompleteIfIdle();
    }

    private void CompleteIfIdle()
    {
        if (Retired && Leases == 0 && Holds == 0)
            _idle.TrySetResult();
    }
}
