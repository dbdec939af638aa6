using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Components;

/// <summary>A list as its stream tells it, newest first.</summary>
/// <typeparam name="T">The resource.</typeparam>
/// <param name="nameOf">The name of one.</param>
public sealed class LiveList<T>(Func<T, string> nameOf)
    where T : class
{
    private List<T>? _items;

    /// <summary>The list; null until it has come.</summary>
    public IReadOnlyList<T>? Items => _items;

    /// <summary>Takes a message of the stream.</summary>
    /// <param name="change">The message.</param>
    public void Apply(ListChange<T> change)
    {
        if (change.Snapshot is { } all)
            _items = [.. all];
        else if (change.Changed is { } item)
            Put(_items ??= [], item);
        else
            _items?.RemoveAll(i => nameOf(i) == change.Removed);
    }

    private void Put(List<T> items, T item)
    {
        var place = items.FindIndex(i => nameOf(i) == nameOf(item));
        if (place >= 0)
            items[place] = item;
        else
            items.Insert(0, item);
    }
}
