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
}
