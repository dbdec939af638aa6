using System.Globalization;

namespace Platform.AppHost.Local;

/// <summary>How patient the local runner is. Every time span is read in seconds, decimals allowed.</summary>
internal sealed record RunnerOptions
{
    /// <summary>
    /// A service that is not healthy this long after its start ends the suite. AppHost__HealthSeconds.
    /// </summary>
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a service may take to stop after SIGTERM, before SIGKILL. AppHost__StopSeconds.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The wait before the first restart of a crashed service; doubled each time. AppHost__RestartSeconds.
    /// </summary>
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A service that was healthy this long has its five restarts again. AppHost__StableSeconds.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Restarts of a service that keeps crashing, before it is left as it is.</summary>
    public int MaxRestarts { get; init; } = 5;

    /// <summary>The defaults with what the environment changes.</summary>
    public static RunnerOptions FromEnvironment()
    {
        var defaults = new RunnerOptions();
        return new RunnerOptions
        {
            HealthTimeout = Seconds("AppHost__HealthSeconds", defaults.HealthTimeout),
            StopTimeout = Seconds("AppHost__StopSeconds", defaults.StopTimeout),
            RestartDelay = Seconds("AppHost__RestartSeconds", defaults.RestartDelay),
            StableAfter = Seconds("AppHost__StableSeconds", defaults.StableAfter),
        };
    }

    private static TimeSpan Seconds(string name, TimeSpan fallback)
    {
        var text = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrWhiteSpace(text))
            return fallback;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || seconds is not (> 0 and <= 86_400))
        {
            throw new DistributedApplicationException($"{name}={text}: seconds, more than 0 and at most 86400.");
        }

        return TimeSpan.FromSeconds(seconds);
    }
}
