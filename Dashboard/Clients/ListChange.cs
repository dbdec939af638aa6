namespace Platform.Dashboard.Clients;

/// <summary>What a stream of a list tells; one of the three is there.</summary>
/// <typeparam name="T">The resource.</typeparam>
/// <param name="Snapshot">The list as it is; it takes the place of all that was known.</param>
/// <param name="Changed">One that is new or has changed.</param>
/// <param name="Removed">The name of one that is gone; empty else.</param>
public sealed record ListChange<T>(IReadOnlyList<T>? Snapshot, T? Changed, string Removed)
    where T : class;

/// <summary>A list's stream, narrowed to one of its items.</summary>
internal static class ListChangeExtensions
{
    /// <summary>
    /// What a list's stream tells of one item: the item as it is, null where it is not there any more.
    /// </summary>
    /// <typeparam name="T">The resource.</typeparam>
    /// <param name="changes">The list's stream.</param>
    /// <param name="name">The item's name.</param>
    /// <param name="nameOf">The name of one.</param>
    public static IAsyncEnumerable<T?> Of<T>(
        this IAsyncEnumerable<ListChange<T>> changes, string name, Func<T, string> nameOf)
        where T : class => changes
        .Where(c => c.Snapshot is not null || (c.Changed is { } item ? nameOf(item) : c.Removed) == name)
        .Select(c => c.Changed ?? c.Snapshot?.FirstOrDefault(i => nameOf(i) == name));
}
