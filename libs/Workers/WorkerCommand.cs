using System.Reflection;
using System.Runtime.InteropServices;

namespace Platform.Workers;

/// <summary>The command lines of worker processes.</summary>
public static class WorkerCommand
{
    /// <summary>The folder with the <c>dotnet</c> program that runs this process.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>
    /// The command that runs an application's own program again: its apphost where it lies beside the assembly, else
    /// <c>dotnet {assembly}</c>.
    /// </summary>
    /// <param name="program">The application's assembly.</param>
    /// <param name="prefix">Words to put before it, such as <c>numactl --cpunodebind=0</c>.</param>
    /// <param name="arguments">The program's arguments.</param>
    public static IReadOnlyList<string> Create(
        Assembly program, IReadOnlyList<string> prefix, params IReadOnlyList<string> arguments)
    {
        var appHost = Path.ChangeExtension(program.Location, OperatingSystem.IsWindows() ? "exe" : null);
        return File.Exists(appHost)
            ? [.. prefix, appHost, .. arguments]
            : [.. prefix, Path.Combine(DotnetRoot, "dotnet"), program.Location, .. arguments];
    }
}
