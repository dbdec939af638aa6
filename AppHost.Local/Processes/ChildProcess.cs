using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Platform.AppHost.Processes;

/// <summary>How this program's children are started and asked to end.</summary>
public static partial class ChildProcess
{
    private const int Sigterm = 15; // signal.h, the same on Linux and macOS

    /// <summary>The dotnet executable whose runtime this process uses.</summary>
    // The runtime's folder is <root>/shared/Microsoft.NETCore.App/<version>/.
    public static string DotnetPath { get; } = Path.GetFullPath(Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..",
        OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <summary>
    /// Sends SIGTERM. Not SIGINT: a child of a script's background job starts with SIGINT ignored and would not obey.
    /// Windows has no such signal; there this does nothing.
    /// </summary>
    public static void Terminate(Process process)
    {
        if (!process.HasExited && !OperatingSystem.IsWindows())
            _ = Kill(process.Id, Sigterm); // The only error left is that the process is gone.
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);
}
