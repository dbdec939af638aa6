using System.Runtime.CompilerServices;

namespace Platform.Workspaces.Changes;

/// <summary>What the streams of lists send: the list first, then every change.</summary>
public static class ListFollower
{
    /// <summary>
    /// Resources in the snapshot at most, so that it fits into a message; the others follow as changes.
    /// </summary>
    public const int SnapshotSize = 1000;

    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(250);

    /// <summary>Follows a list until cancelled. Changes within a quarter of a second are gathered.</summary>
    /// <typeparam name="T">The resource.</typeparam>
    /// <param name="changes">Tells of changes.</param>
    /// <param name="list">The list as it is, newest first.</param>
    /// <param name="idOf">The id of one.</param>
    /// <param name="find">One by its id; null where it is gone.</param>
    /// <param name="cancellationToken">Ends the following.</param>
    public static async IAsyncEnumerable<ListUpdate<T>> FollowAsync<T>(
        ResourceChanges changes,
        Func<IReadOnlyList<T>> list,
        Func<T, string> idOf,
        Func<string, T?> find,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        using var feed = changes.Follow();
        var all = list();
        var known = all.Select(idOf).ToHashSet(StringComparer.Ordinal);
        yield return new([.. all.Take(SnapshotSize)], null, null);
        foreach (var item in all.Skip(SnapshotSize))
            yield return new(null, item, null);
        while (true)
        {
            foreach (var id in await feed.TakeAsync(cancellationToken))
            {
                if (find(id) is { } item)
                {
                    known.Add(id);
                    yield return new(null, item, null);
                }
                else if (known.Remove(id))
                {
                    yield return new(null, null, id);
                }
            }

            await Task.Delay(s_gather, cancellationToken);
        }
    }
}
