using System.Diagnostics;

namespace Platform.EndToEnd.Tests.Suite;

/// <summary>Waits for a condition, and fails with words when it does not come about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks again and again until <paramref name="look"/> gives something.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> look, string what, int seconds = 60)
        where T : class
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(seconds))
        {
            if (await look() is { } found)
                return found;
            await Task.Delay(s_look, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"Not within {seconds} s: {what}");
    }

    /// <summary>Looks again and again until <paramref name="condition"/> holds.</summary>
    public static Task HoldsAsync(Func<bool> condition, string what, int seconds = 60) =>
        GetAsync<object>(() => Task.FromResult(condition() ? new object() : null), what, seconds);
}
