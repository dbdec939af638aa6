using System.Globalization;

namespace Platform.Workers;

/// <summary>When the machine was started: a worker from before that did not die of itself.</summary>
public static class MachineBoot
{
    /// <summary>The time of the last boot, to the second; null where the system does not tell.</summary>
    public static DateTimeOffset? Time { get; } = Read();

    private static DateTimeOffset? Read()
    {
        const string key = "btime ";
        if (!File.Exists("/proc/stat"))
            return null;
        var line = File.ReadLines("/proc/stat").FirstOrDefault(text => text.StartsWith(key, StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(key.Length), CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
    }
}
