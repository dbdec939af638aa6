using Platform.Contracts.Common.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Components;

/// <summary>
/// A page with a list of pieces of work: reads the list, and follows each one that has not ended. Reads it again when
/// the service comes back.
/// </summary>
/// <typeparam name="T">The resource.</typeparam>
public abstract class ListPage<T> : LivePage
    where T : class
{
    /// <summary>Streams that are open at once; beyond them the list is as it was read.</summary>
    private const int MostStreams = 8;

    private readonly HashSet<string> _followed = [];

    /// <summary>The list; null until it was read.</summary>
    protected List<T>? Items { get; private set; }

    /// <summary>Why the list could not be read.</summary>
    protected CallFailure? Failure { get; private set; }

    /// <summary>How the connection to the service stands.</summary>
    protected Link Link { get; private set; } = Link.Connecting;

    /// <summary>The service's name.</summary>
    protected abstract string Service { get; }

    /// <inheritdoc/>
    protected override void OnInitialized() => _ = ReadWhenUpAsync(Service, ReadAsync, link => Link = link);

    /// <summary>Reads the list.</summary>
    protected abstract Task<Outcome<IReadOnlyList<T>>> ListAsync();

    /// <summary>Follows one of them.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="token">Ends the following.</param>
    protected abstract IAsyncEnumerable<T> WatchAsync(string name, CancellationToken token);

    /// <summary>The name of one of them.</summary>
    /// <param name="item">The item.</param>
    protected abstract string NameOf(T item);

    /// <summary>Where one of them stands.</summary>
    /// <param name="item">The item.</param>
    protected abstract State StateOf(T item);

    /// <summary>Whether one of them has ended.</summary>
    /// <param name="item">The item.</param>
    protected bool HasEnded(T item) => StateOf(item) is State.Succeeded or State.Failed or State.Cancelled;

    /// <summary>Reads the list again.</summary>
    protected async Task ReadAsync()
    {
        var (list, failure) = await ListAsync();
        Failure = failure;
        if (list is null)
            return;
        Items = [.. list];
        foreach (var item in Items.Where(i => !HasEnded(i)))
            Follow(NameOf(item));
        RenderSoon();
    }

    private void Follow(string name)
    {
        if (_followed.Count >= MostStreams || !_followed.Add(name))
            return;
        _ = FollowAsync(name, Service, token => WatchAsync(name, token), Receive, link => LinkChanged(name, link));
    }

    private Task Receive(T item)
    {
        var place = Items?.FindIndex(i => NameOf(i) == NameOf(item)) ?? -1;
        if (place >= 0)
            Items![place] = item;
        return Task.CompletedTask;
    }

    private void LinkChanged(string name, Link link)
    {
        if (link.State is LinkState.Ended or LinkState.Failed)
            _followed.Remove(name);
    }
}
