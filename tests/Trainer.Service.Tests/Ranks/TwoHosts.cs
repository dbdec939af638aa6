using System.Diagnostics;

namespace Platform.Trainer.Service.Tests.Ranks;

/// <summary>
/// Two hosts on this machine: network namespaces that reach each other by a cable and nothing else. <c>mpiexec</c>
/// starts ranks on the other one by a script in place of ssh.
/// </summary>
internal sealed class TwoHosts : IAsyncDisposable
{
    private const string FirstAddress = "10.213.7.1";
    private const string SecondAddress = "10.213.7.2";
    private static readonly string s_id = Guid.NewGuid().ToString("N")[..8];
    private static readonly (string First, string Second) s_names = ($"platform-{s_id}-a", $"platform-{s_id}-b");

    private readonly TempFolder _folder = new();

    private TwoHosts()
    {
        // What Hydra and Open MPI put before and behind the host differs: options, then the host, then a command line.
        File.WriteAllText(
            _folder["launch"],
            $"""
            #!/bin/sh
            while [ "$1" != "$(echo "$1" | sed 's/^-//')" ]; do shift; done
            host=$1
            shift
            echo "$host" >> {_folder["asked"]}
            [ "$host" = {SecondAddress} ] || exit 1
            exec ip netns exec {s_names.Second} sh -c "$*"

            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                _folder["launch"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Puts a command on the first host.</summary>
    public IReadOnlyList<string> Prefix => ["ip", "netns", "exec", s_names.First];

    /// <summary>The hosts that <c>mpiexec</c> was asked to start ranks on, beside the first.</summary>
    public IReadOnlyList<string> Asked => File.Exists(_folder["asked"]) ? File.ReadAllLines(_folder["asked"]) : [];

    /// <summary>What <see cref="Asked"/> has for the second host.</summary>
    public static string Second => SecondAddress;

    /// <summary>Makes them; skips the calling test where that is not permitted.</summary>
    public static async Task<TwoHosts> CreateAsync()
    {
        RankRun.Require("ip", "iproute2");
        var hosts = new TwoHosts();
        var isMade = await IpAsync("netns", "add", s_names.First) && await IpAsync("netns", "add", s_names.Second)
            && await IpAsync(
                "link", "add", "cable", "netns", s_names.First, "type", "veth",
                "peer", "name", "cable", "netns", s_names.Second)
            && await UpAsync(s_names.First, FirstAddress) && await UpAsync(s_names.Second, SecondAddress);
        if (!isMade)
            await hosts.DisposeAsync();
        Assert.SkipUnless(isMade, "Needs to make network namespaces, which only root may.");
        return hosts;
    }

    /// <summary>A file with one rank's place on each.</summary>
    public string HostFile(string flavour)
    {
        var slots = flavour == "openmpi" ? " slots=1" : ":1";
        File.WriteAllText(_folder["hosts"], $"{FirstAddress}{slots}\n{SecondAddress}{slots}\n");
        return _folder["hosts"];
    }

    /// <summary>What tells either MPI of the script and the cable.</summary>
    public Dictionary<string, string?> Environment(string flavour) => new()
    {
        ["PLATFORM_MPI"] = flavour,
        ["HYDRA_LAUNCHER"] = "ssh",
        ["HYDRA_LAUNCHER_EXEC"] = _folder["launch"],
        ["HYDRA_IFACE"] = "cable",
        ["OMPI_MCA_plm_rsh_agent"] = _folder["launch"],
        ["OMPI_MCA_btl_tcp_if_include"] = "cable",
        ["OMPI_MCA_oob_tcp_if_include"] = "cable",
    };

    /// <summary>The processes on the second host.</summary>
    public static async Task<IReadOnlyList<int>> OnSecondAsync()
    {
        var result = await Programs.RunAsync("ip", ["netns", "pids", s_names.Second]);
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    public async ValueTask DisposeAsync()
    {
        await IpAsync("netns", "del", s_names.First);
        await IpAsync("netns", "del", s_names.Second);
        _folder.Dispose();
    }

    private static async Task<bool> UpAsync(string host, string address) =>
        await IpAsync("-n", host, "addr", "add", $"{address}/30", "dev", "cable")
        && await IpAsync("-n", host, "link", "set", "cable", "up")
        && await IpAsync("-n", host, "link", "set", "lo", "up");

    private static async Task<bool> IpAsync(params IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
