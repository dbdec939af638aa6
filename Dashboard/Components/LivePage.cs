using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Platform.Contracts.Common.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Components;

/// <summary>
/// What live pages have in common: a token that is cancelled when the page is closed, streams that follow until then,
/// and rendering that is held to a few times a second however fast messages come.
/// </summary>
public abstract class LivePage : ComponentBase, IAsyncDisposable
{
    private const int MostAtOnce = 3;
    private static readonly TimeSpan _renderInterval = TimeSpan.FromMilliseconds(300);
    private readonly CancellationTokenSource _closing = new();
    private readonly Dictionary<string, CancellationTokenSource> _streams = [];

    // Addresses that the browser was told to show and has not said yet that it does, oldest first.
    private readonly Queue<string> _asked = [];
    private bool _listensToAddress;
    private bool _renderPending;
    private double _credit = MostAtOnce;
    private long _lastRender;

    [Inject]
    private Follower Follower { get; set; } = null!;

    [Inject]
    private ServersClient Servers { get; set; } = null!;

    /// <summary>The clock.</summary>
    [Inject]
    protected TimeProvider Time { get; set; } = null!;

    /// <summary>Where the page's state is kept: its URL.</summary>
    [Inject]
    protected NavigationManager Navigation { get; set; } = null!;

    /// <summary>Cancelled when the page is closed.</summary>
    protected CancellationToken Closed => _closing.Token;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
            return;
        await _closing.CancelAsync();
        Navigation.LocationChanged -= TakeAddress;
        await CloseAsync();
        foreach (var stream in _streams.Values)
            stream.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what a page holds beside its streams.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    /// <summary>Follows a stream in the background. The same key again takes the place of the first stream.</summary>
    /// <typeparam name="T">The messages' type.</typeparam>
    /// <param name="key">Tells the page's streams apart.</param>
    /// <param name="service">The service's name, for words.</param>
    /// <param name="open">Opens the stream from where the last one broke.</param>
    /// <param name="receive">Takes a message; the page is rendered soon after.</param>
    /// <param name="linkChanged">Is told how the stream stands.</param>
    /// <param name="endless">Whether a stream that ends without an error is opened again.</param>
    protected Task FollowAsync<T>(
        string key,
        string service,
        Func<CancellationToken, IAsyncEnumerable<T>> open,
        Func<T, Task> receive,
        Action<Link> linkChanged,
        bool endless = false)
    {
        Unfollow(key);
        var source = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        _streams[key] = source;
        return Follower.FollowAsync(service, open, Receive, LinkChanged, endless, source.Token);

        async Task Receive(T message)
        {
            if (source.IsCancellationRequested)
                return;
            await receive(message);
            RenderSoon();
        }

        void LinkChanged(Link link)
        {
            if (source.IsCancellationRequested)
                return;
            linkChanged(link);
            RenderSoon();
        }
    }

    /// <summary>
    /// Follows a piece of work for as long as the page is open. Its own stream ends with the work; what may come after,
    /// a resume or its deletion, its list's stream tells, and a resumed one's own stream is followed again.
    /// </summary>
    /// <typeparam name="TMessage">The messages' type of its own stream.</typeparam>
    /// <typeparam name="T">The resource.</typeparam>
    /// <param name="service">The service's name, for words.</param>
    /// <param name="open">Opens its own stream from where the last one broke.</param>
    /// <param name="receive">Takes a message of its own stream.</param>
    /// <param name="openList">Opens the list's stream, narrowed to it.</param>
    /// <param name="receiveEnded">Takes it as the list has it once it has ended; null: it was deleted.</param>
    /// <param name="stateOf">Where it stands.</param>
    /// <param name="linkChanged">Is told how the page's stream stands.</param>
    protected async Task FollowWorkAsync<TMessage, T>(
        string service,
        Func<CancellationToken, IAsyncEnumerable<TMessage>> open,
        Func<TMessage, Task> receive,
        Func<CancellationToken, IAsyncEnumerable<T?>> openList,
        Action<T?> receiveEnded,
        Func<T, State> stateOf,
        Action<Link> linkChanged)
        where T : class
    {
        const string key = "work";
        while (true)
        {
            var last = Link.Connecting;
            await FollowAsync(key, service, open, receive, link => linkChanged(last = link));
            // Not ended: failed for good, closed, or other work has taken its place.
            if (last.State is not LinkState.Ended)
                return;
            var goesOn = false;
            await FollowAsync(key, service, openList, Receive, ListLinkChanged, endless: true);
            if (!goesOn)
                return;

            Task Receive(T? item)
            {
                receiveEnded(item);
                goesOn = item is not null && !stateOf(item).HasEnded();
                if (goesOn || item is null)
                    Unfollow(key);
                return Task.CompletedTask;
            }
        }

        // While the list tells nothing else, all there is to tell is known.
        void ListLinkChanged(Link link) =>
            linkChanged(link.State is LinkState.Live or LinkState.Connecting ? Link.Ended : link);
    }

    /// <summary>
    /// Reads something that has no stream of its own: now, and again whenever its service comes back.
    /// </summary>
    /// <param name="service">The service's name.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="linkChanged">Is told how the connection to the service stands.</param>
    protected Task ReadWhenUpAsync(string service, Func<Task> read, Action<Link> linkChanged) => FollowAsync(
        "up-" + service,
        service,
        token => Servers.WatchHealth(service, token),
        _ => read(),
        linkChanged,
        endless: true);

    /// <summary>Ends a stream.</summary>
    /// <param name="key">As given to <see cref="FollowAsync"/>.</param>
    protected void Unfollow(string key)
    {
        if (!_streams.Remove(key, out var source))
            return;
        source.Cancel();
        source.Dispose();
    }

    /// <summary>
    /// Renders now or within 300 ms, however often it is called. A page that was quiet may render a few times at once:
    /// its first rows must not wait because it has just said that it is connected.
    /// </summary>
    protected void RenderSoon()
    {
        if (_renderPending || Closed.IsCancellationRequested)
            return;
        _renderPending = true;
        _ = RenderAsync();
    }

    /// <summary>Writes a part of the page's state into its URL, without an entry in the browser's history.</summary>
    /// <remarks>
    /// The browser is elsewhere and takes its time: until it has answered, what it was told last counts, so that two
    /// changes in quick succession are both kept.
    /// </remarks>
    /// <param name="values">Values by query key; null takes the key out.</param>
    protected void SetQuery(params (string Key, object? Value)[] values)
    {
        if (!_listensToAddress)
            Navigation.LocationChanged += TakeAddress;
        _listensToAddress = true;
        var address = Navigation.GetUriWithQueryParameters(
            _asked.LastOrDefault() ?? Navigation.Uri, values.ToDictionary(v => v.Key, v => v.Value));
        _asked.Enqueue(address);
        Navigation.NavigateTo(address, replace: true);
    }

    /// <summary>A part of the page's state: as the browser was told last, else as its URL has it.</summary>
    /// <param name="key">The query key.</param>
    /// <param name="inUrl">What the URL that the browser shows says.</param>
    protected string? InQuery(string key, string? inUrl)
    {
        if (_asked.Count == 0)
            return inUrl;
        var query = QueryHelpers.ParseQuery(new Uri(_asked.Last()).Query);
        return query.TryGetValue(key, out var value) ? value.ToString() : null;
    }

    // An address that nobody here asked for is a link's or the browser's own: it ends what was asked.
    private void TakeAddress(object? sender, LocationChangedEventArgs change)
    {
        while (_asked.TryDequeue(out var address) && address != change.Location)
        {
            // Passed over by the browser, or this is none of ours.
        }
    }

    private async Task RenderAsync()
    {
        if (_lastRender != 0)
            _credit = Math.Min(MostAtOnce, _credit + (Time.GetElapsedTime(_lastRender) / _renderInterval));
        if (_credit < 1)
            await Task.Delay((1 - _credit) * _renderInterval, Time, CancellationToken.None);
        else
            await Task.Yield();
        _credit = Math.Max(1, _credit) - 1;
        _renderPending = false;
        if (Closed.IsCancellationRequested)
            return;
        _lastRender = Time.GetTimestamp();
        await InvokeAsync(StateHasChanged);
    }
}
