using Microsoft.AspNetCore.Components;
using MudBlazor;
using Platform.Contracts.Common.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Components;

/// <summary>
/// A page with a list of pieces of work, which it follows: what comes, changes and goes is seen at once.
/// </summary>
/// <typeparam name="T">The resource.</typeparam>
public abstract class ListPage<T> : LivePage
    where T : class
{
    private readonly LiveList<T> _list;

    /// <summary>A page whose list has not come yet.</summary>
    protected ListPage() => _list = new(NameOf);

    /// <summary>The list, newest first; null until it has come.</summary>
    protected IReadOnlyList<T>? Items => _list.Items;

    /// <summary>How the connection to the service stands.</summary>
    protected Link Link { get; private set; } = Link.Connecting;

    /// <summary>The service's name.</summary>
    protected abstract string Service { get; }

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnInitialized() =>
        _ = FollowAsync("items", Service, WatchList, Receive, link => Link = link, endless: true);

    /// <summary>Opens the stream of the list.</summary>
    /// <param name="token">Ends the following.</param>
    protected abstract IAsyncEnumerable<ListChange<T>> WatchList(CancellationToken token);

    /// <summary>The name of one of them.</summary>
    /// <param name="item">The item.</param>
    protected abstract string NameOf(T item);

    /// <summary>Where one of them stands.</summary>
    /// <param name="item">The item.</param>
    protected abstract State StateOf(T item);

    /// <summary>Whether one of them has ended.</summary>
    /// <param name="item">The item.</param>
    protected bool HasEnded(T item) => StateOf(item).HasEnded();

    /// <summary>
    /// Makes a call that changes something; the list's stream brings the change, and a refusal is said.
    /// </summary>
    /// <typeparam name="TAnswer">The call's answer.</typeparam>
    /// <param name="call">The call.</param>
    protected async Task DoAsync<TAnswer>(Task<Outcome<TAnswer>> call)
        where TAnswer : class
    {
        var (_, failure) = await call;
        if (failure is not null)
            Snackbar.Add($"{failure.Message} {failure.Advice}", Severity.Error);
    }

    /// <summary>Asks whether something is really to be deleted, and does it.</summary>
    /// <typeparam name="TAnswer">The call's answer.</typeparam>
    /// <param name="kind">What it is: tokenizer, data set.</param>
    /// <param name="consequence">What goes with it.</param>
    /// <param name="delete">Deletes it.</param>
    protected async Task DeleteAsync<TAnswer>(string kind, string consequence, Func<Task<Outcome<TAnswer>>> delete)
        where TAnswer : class
    {
        var yes = await Dialogs.ShowMessageBoxAsync(
            $"Delete this {kind}?", consequence, yesText: "Delete", cancelText: "Keep");
        if (yes == true)
            await DoAsync(delete());
    }

    private Task Receive(ListChange<T> change)
    {
        _list.Apply(change);
        return Task.CompletedTask;
    }
}
