namespace Platform.TrainerHost.Runs;

/// <summary>
/// The ids of changed runs for one follower. Changes of a run between two looks are one, so it never holds more than
/// there are runs, however slow the follower is.
/// </summary>
internal sealed class RunChangeFeed(RunChanges owner) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private HashSet<string> _ids = [];

    /// <summary>Waits for changes and takes them.</summary>
    public async Task<IReadOnlyCollection<string>> TakeAsync(CancellationToken cancellationToken)
    {
        await _signal.WaitAsync(cancellationToken);
        lock (_lock)
        {
            var taken = _ids;
            _ids = [];
            return taken;
        }
    }

    public void Dispose()
    {
        owner.Remove(this);
        _signal.Dispose();
    }

    internal void Add(string id)
    {
        lock (_lock)
        {
            // The first since the last look wakes; the follower takes the others with it.
            if (_ids.Add(id) && _ids.Count == 1)
                _signal.Release();
        }
    }
}
