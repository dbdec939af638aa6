using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Platform.Testing;

/// <summary>Waits for what other processes and threads bring about: as long as it takes, up to a deadline.</summary>
public static class Eventually
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until a condition holds; fails the test, naming the condition, at the deadline.</summary>
    /// <param name="condition">Looked at every 10 ms.</param>
    /// <param name="deadline">Default 60 s.</param>
    /// <param name="text">The condition's source text.</param>
    public static Task HoldsAsync(
        Func<bool> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string text = "") =>
        HoldsAsync(() => Task.FromResult(condition()), deadline, text);

    /// <summary>Waits until a condition holds that takes calls to find out.</summary>
    public static async Task HoldsAsync(
        Func<Task<bool>> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        var limit = deadline ?? TimeSpan.FromSeconds(60);
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < limit, $"Not within {limit.TotalSeconds:0.#} s: {text}");
            await Task.Delay(s_look, TestContext.Current.CancellationToken);
        }
    }
}
