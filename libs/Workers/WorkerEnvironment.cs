using System.Collections;

namespace Platform.Workers;

/// <summary>The environment that workers get.</summary>
public static class WorkerEnvironment
{
    private const long GiB = 1L << 30;

    /// <summary>
    /// What every worker gets unless its start, or this process's own environment, says otherwise.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Defaults { get; } = new Dictionary<string, string>
    {
        // Without these glibc maps and unmaps each large tensor at every step: a bf16 training step takes 1.6 times as
        // long. One arena, since the settings hold for the first one only. Other C libraries ignore them.
        ["MALLOC_ARENA_MAX"] = "1",
        ["MALLOC_TOP_PAD_"] = Invariant(1 * GiB),
        ["MALLOC_MMAP_THRESHOLD_"] = Invariant(4 * GiB),
        ["MALLOC_TRIM_THRESHOLD_"] = Invariant(16 * GiB),
        // Threads that wait for work sleep; spinning ones would take the processors from the services. Not at once,
        // though: between two products of one step lie microseconds, and waking a thread takes longer than that. With
        // 0 turns the quickstart's model takes 37 ms a step, with 20,000 (tens of microseconds) 25 ms.
        ["OMP_WAIT_POLICY"] = "PASSIVE",
        ["GOMP_SPINCOUNT"] = "20000",
    };

    /// <summary>The environment of a worker: this process's but for what concerns services, and defaults.</summary>
    public static Dictionary<string, string> Create(IReadOnlyDictionary<string, string?> changes)
    {
        var result = new Dictionary<string, string>(Defaults);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (!ConcernsServicesOnly(name))
                result[name] = (string?)variable.Value ?? "";
        }

        // An apphost looks for .NET in DOTNET_ROOT and a few usual places; ours may lie elsewhere.
        result.TryAdd("DOTNET_ROOT", WorkerCommand.DotnetRoot);
        foreach (var (name, value) in changes)
        {
            if (value is null)
                result.Remove(name);
            else
                result[name] = value;
        }

        return result;
    }

    // A worker listens nowhere, and its standard input is at its end from the beginning.
    private static bool ConcernsServicesOnly(string name) =>
        name is "PLATFORM_STOP_ON_STDIN_EOF"
        || name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Kestrel__", StringComparison.OrdinalIgnoreCase);

    private static string Invariant(long bytes) => bytes.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
