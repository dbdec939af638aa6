namespace Platform.TrainerHost.Runs;

/// <summary>Tells those who follow the list of runs which runs have changed.</summary>
internal sealed class RunChanges
{
    private readonly Lock _lock = new();
    private readonly List<RunChangeFeed> _feeds = [];

    /// <summary>Notes a change, a deletion too.</summary>
    public void Notify(string id)
    {
        lock (_lock)
        {
            foreach (var feed in _feeds)
                feed.Add(id);
        }
    }

    /// <summary>Begins to follow; changes from now on are held until they are taken.</summary>
    public RunChangeFeed Follow()
    {
        lock (_lock)
        {
            var feed = new RunChangeFeed(this);
            _feeds.Add(feed);
            return feed;
        }
    }

    internal void Remove(RunChangeFeed feed)
    {
        lock (_lock)
            _feeds.Remove(feed);
    }
}
