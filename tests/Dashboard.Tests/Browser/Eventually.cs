namespace Platform.Dashboard.Tests.Browser;

/// <summary>Waits for something that another process brings about.</summary>
internal static class Eventually
{
    /// <summary>Waits until a condition holds, and fails after 20 s.</summary>
    /// <param name="condition">The condition.</param>
    public static async Task BecomesAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!condition())
            await timer.WaitForNextTickAsync(deadline.Token);
    }
}
