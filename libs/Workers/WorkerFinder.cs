using System.Globalization;
using System.Text;

namespace Platform.Workers;

/// <summary>
/// Finds workers by their command line, for the moment between a worker's start and the writing of
/// <see cref="WorkerFile"/>, in which the service may have been killed.
/// </summary>
public static class WorkerFinder
{
    /// <summary>
    /// Running processes that have <paramref name="option"/> among their arguments, by the argument behind it: for
    /// <c>worker --run /data/runs/x</c> and the option <c>--run</c>, by <c>/data/runs/x</c>. One that has the option
    /// more than once is found by each.
    /// </summary>
    public static IReadOnlyDictionary<string, ProcessIdentity> ByArgument(string option)
    {
        var found = new Dictionary<string, ProcessIdentity>(StringComparer.Ordinal);
        if (!Directory.Exists("/proc"))
            return found;
        // In the order of their ids: a wrapper such as mpiexec comes before what it starts.
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                || pid == Environment.ProcessId)
                continue;
            var words = ReadCommandLine(folder);
            var at = Array.IndexOf(words, option);
            if (at <= 0 || !words.AsSpan(0, at).Contains("worker") || ProcessIdentity.Of(pid) is not { } identity)
                continue;
            for (; at + 1 < words.Length; at++)
            {
                if (words[at] == option)
                    found.TryAdd(words[at + 1], identity);
            }
        }

        return found;
    }

    private static string[] ReadCommandLine(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "cmdline"), Encoding.UTF8);
            return text.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is another user's.
            return [];
        }
    }
}
