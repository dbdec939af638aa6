using System.Diagnostics;
using System.Globalization;

namespace Platform.Benchmarks;

/// <summary>Another program that does the same work: it prints <c>ready</c>, then for each line that it is given does
/// the work once and prints the seconds that it took.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(Process process) => _process = process;

    /// <summary>Starts a script of <c>benchmarks/peers</c>.</summary>
    /// <returns>Null, with a line on standard error, where its program or a package is missing.</returns>
    public static PeerProcess? TryStart(string program, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = FindFolder(),
        };
        start.ArgumentList.Add(script);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            var peer = new PeerProcess(Process.Start(start)!);
            if (peer._process.StandardOutput.ReadLine() == "ready")
                return peer;
            peer.Dispose();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Console.Error.WriteLine(e.Message);
        }

        Console.Error.WriteLine($"{script} cannot be run; its figures are left out (see benchmarks/peers).");
        return null;
    }

    /// <summary>Does the work once.</summary>
    public double Seconds()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
        var line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The peer has ended.");
        return double.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000))
            _process.Kill();
        _process.Dispose();
    }

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var peers = Path.Combine(folder.FullName, "benchmarks", "peers");
            if (Directory.Exists(peers))
                return peers;
        }

        throw new DirectoryNotFoundException("benchmarks/peers is not above this program.");
    }
}
