using System.Diagnostics;

namespace Platform.Trainer.Service.Tests.Hosting;

/// <summary>
/// A group of processes that the kernel gives so much memory and no more: it kills where they want it.
/// </summary>
internal sealed class MemoryCage : IAsyncDisposable
{
    // Version 1 of the control groups, and 2.
    private static readonly (string Root, string Limit)[] s_versions =
        [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];

    private readonly TempFolder _temp = new();
    private readonly string _group;

    private MemoryCage(string group)
    {
        _group = group;
        File.WriteAllText(_temp["enter"], $"echo $$ > {group}/cgroup.procs && exec \"$@\"\n");
    }

    /// <summary>What to put before a command that is to run in it.</summary>
    public IReadOnlyList<string> Prefix => ["/bin/sh", _temp["enter"]];

    /// <summary>Makes one; skips the calling test where that is not permitted.</summary>
    public static MemoryCage Create(long bytes)
    {
        foreach (var (root, limit) in s_versions)
        {
            var group = Path.Combine(root, $"platform-test-{Guid.NewGuid():N}");
            // Version 2 has no limit in groups below one that does not pass the controller on.
            if (!Directory.Exists(root) || !TryCreate(group, limit, bytes))
                continue;
            var cage = new MemoryCage(group);
            if (cage.LetsIn())
                return cage;
            cage._temp.Dispose();
            cage.TryDelete();
        }

        Assert.Skip("Needs to limit the memory of a control group, which only root may.");
        return null!;
    }

    // The last process in it may still be on its way out.
    public async ValueTask DisposeAsync()
    {
        _temp.Dispose();
        await Eventually.HoldsAsync(TryDelete);
    }

    // A sandbox may let groups be made and nobody into them.
    private bool LetsIn()
    {
        var start = new ProcessStartInfo(Prefix[0]) { RedirectStandardError = true };
        start.ArgumentList.Add(Prefix[1]);
        start.ArgumentList.Add("true");
        using var process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private bool TryDelete()
    {
        try
        {
            Directory.Delete(_group);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool TryCreate(string group, string limit, long bytes)
    {
        try
        {
            Directory.CreateDirectory(group);
            if (File.Exists(Path.Combine(group, limit)))
            {
                File.WriteAllText(Path.Combine(group, limit), $"{bytes}");
                return true;
            }

            Directory.Delete(group);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not permitted, or this is not where groups are.
        }

        return false;
    }
}
