using System.Globalization;

namespace Platform.AppHost;

/// <summary>
/// When this process began, in the kernel's clock ticks: with the pid it names a process beyond doubt.
/// </summary>
internal static class ProcessStart
{
    /// <summary>Field 22 of <c>/proc/self/stat</c> (proc(5)); null where there is no such file.</summary>
    public static long? Ticks { get; } = Read();

    private static long? Read()
    {
        if (!File.Exists("/proc/self/stat"))
            return null;
        var stat = File.ReadAllText("/proc/self/stat");
        // The second field is the name in parentheses and may itself have blanks: count from its end, field 3.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[22 - 3], CultureInfo.InvariantCulture);
    }
}
