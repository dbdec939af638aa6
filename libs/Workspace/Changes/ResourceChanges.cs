namespace Platform.Workspaces.Changes;

/// <summary>Tells those who follow a list of resources which of them have changed.</summary>
public class ResourceChanges
{
    private readonly Lock _lock = new();
    private readonly List<ResourceChangeFeed> _feeds = [];

    /// <summary>Notes a change: of the resource, or that it came or went.</summary>
    /// <param name="id">The resource's id.</param>
    public void Notify(string id)
    {
        lock (_lock)
        {
            foreach (var feed in _feeds)
                feed.Add(id);
        }
    }

    /// <summary>Begins to follow; changes from now on are held until they are taken.</summary>
    public ResourceChangeFeed Follow()
    {
        lock (_lock)
        {
            var feed = new ResourceChangeFeed(this);
            _feeds.Add(feed);
            return feed;
        }
    }

    internal void Remove(ResourceChangeFeed feed)
    {
        lock (_lock)
            _feeds.Remove(feed);
    }
}
