namespace Platform.EndToEnd.Tests.Suite;

/// <summary>The processes of a suite.</summary>
internal static class Processes
{
    /// <summary>A service's process id.</summary>
    public static int OfService(RunningSuite suite, string name) => ChildrenOf(suite.ProcessId)
        .Single(child => File.ReadAllText($"/proc/{child}/cmdline").Contains(name, StringComparison.Ordinal));

    /// <summary>The processes that another one started.</summary>
    public static int[] ChildrenOf(int parent) =>
    [
        .. Directory.GetDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : -1)
            .Where(id => id > 0 && ParentOf(id) == parent),
    ];

    private static int ParentOf(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], null);
        }
        catch (IOException)
        {
            return -1;
        }
    }
}
