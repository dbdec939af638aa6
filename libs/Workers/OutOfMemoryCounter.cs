using System.Globalization;

namespace Platform.Workers;

/// <summary>The kernel's count of processes that it killed for lack of memory.</summary>
internal static class OutOfMemoryCounter
{
    private const string Key = "oom_kill ";

    /// <summary>Kills since boot, in this system as a whole; null where the kernel does not say.</summary>
    internal static long? Read()
    {
        try
        {
            foreach (var line in File.ReadLines("/proc/vmstat"))
            {
                if (line.StartsWith(Key, StringComparison.Ordinal)
                    && long.TryParse(line.AsSpan(Key.Length), CultureInfo.InvariantCulture, out var count))
                    return count;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A container may hide it.
        }

        return null;
    }
}
