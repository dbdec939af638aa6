using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>Keeps OpenMP's threads, libtorch's own, from waiting actively for long between two operations.</summary>
/// <remarks>
/// By default they spin for milliseconds behind every operation, on cores that the decoder's threads or other processes
/// need. OpenMP reads these variables when it is loaded, and .NET's own setter does not reach native code.
/// </remarks>
public static class ThreadTuning
{
    /// <summary>Applies the settings, unless the environment has its own; call it before the first tensor.</summary>
    /// <returns>Whether they are in the environment now.</returns>
    public static bool Apply() =>
        // The count is long enough to bridge the gaps within one pass.
        OperatingSystem.IsLinux()
        && setenv("OMP_WAIT_POLICY", "PASSIVE", 0) == 0
        && setenv("GOMP_SPINCOUNT", "20000", 0) == 0;

    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv(string name, string value, int overwrite);
}
