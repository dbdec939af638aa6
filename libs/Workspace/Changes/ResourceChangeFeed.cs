namespace Platform.Workspaces.Changes;

/// <summary>
/// The ids of changed resources for one follower. Changes of one between two looks are one, so it never holds more
/// than there are resources, however slow the follower is.
/// </summary>
public sealed class ResourceChangeFeed : IDisposable
{
    private readonly ResourceChanges _owner;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private HashSet<string> _ids = [];

    internal ResourceChangeFeed(ResourceChanges owner) => _owner = owner;

    /// <summary>Waits for changes and takes them.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _owner.Remove(this);
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
