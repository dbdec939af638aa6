using System.Diagnostics;

namespace Platform.Benchmarks;

/// <summary>This process's largest resident memory.</summary>
internal static class ProcessMemory
{
    /// <summary>Bytes at the peak since the start, or since <see cref="ResetPeak"/>.</summary>
    public static double Peak()
    {
        // Not Process.PeakWorkingSet64, which is 0 on Linux.
        if (!OperatingSystem.IsLinux())
            return Process.GetCurrentProcess().PeakWorkingSet64;
        var line = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null) * 1024;
    }

    /// <summary>Lets the peak begin anew at what is resident now.</summary>
    public static void ResetPeak()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
    }
}
