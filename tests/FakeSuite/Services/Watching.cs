using Google.Protobuf;

namespace Platform.FakeSuite.Services;

/// <summary>Streams of the fake services.</summary>
internal static class Watching
{
    /// <summary>Sends at once and after each change of the world, until told that all is said.</summary>
    /// <param name="world">The world.</param>
    /// <param name="sendAsync">Sends what is new; false: there is no more to come.</param>
    /// <param name="token">Ends the stream.</param>
    public static async Task EachChangeAsync(World world, Func<Task<bool>> sendAsync, CancellationToken token)
    {
        while (true)
        {
            var changed = world.ChangedAsync();
            if (!await sendAsync())
                return;
            await changed.WaitAsync(token);
        }
    }

    /// <summary>Sends a list, then what changes in it.</summary>
    /// <typeparam name="T">The resource.</typeparam>
    /// <param name="world">The world.</param>
    /// <param name="list">The list as it is.</param>
    /// <param name="nameOf">The name of one.</param>
    /// <param name="send">Sends the whole list, one that changed, or the name of one that is gone.</param>
    /// <param name="token">Ends the stream.</param>
    public static Task ListAsync<T>(
        World world,
        Func<IEnumerable<T>> list,
        Func<T, string> nameOf,
        Func<IReadOnlyList<T>?, T?, string, Task> send,
        CancellationToken token)
        where T : class, IDeepCloneable<T>
    {
        Dictionary<string, T>? sent = null;
        return EachChangeAsync(world, SendAsync, token);

        async Task<bool> SendAsync()
        {
            List<T> now;
            lock (world.Lock)
                now = [.. list().Select(item => item.Clone())];
            if (sent is null)
                await send(now, null, "");
            foreach (var item in now.Where(i => sent is not null && !i.Equals(sent.GetValueOrDefault(nameOf(i)))))
                await send(null, item, "");
            var names = now.Select(nameOf).ToHashSet();
            foreach (var name in (sent?.Keys ?? Enumerable.Empty<string>()).Where(n => !names.Contains(n)))
                await send(null, null, name);
            sent = now.ToDictionary(nameOf);
            return true;
        }
    }
}
