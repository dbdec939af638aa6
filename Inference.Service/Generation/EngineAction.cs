namespace Platform.InferenceHost.Generation;

/// <summary>Something to do on the engine's thread.</summary>
internal sealed class EngineAction(Action action)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it was done, with its error if it had one.</summary>
    public Task Done => _done.Task;

    /// <summary>Does it.</summary>
    public void Run()
    {
        try
        {
            action();
            _done.SetResult();
        }
        catch (Exception e)
        {
            _done.SetException(e);
        }
    }
}
