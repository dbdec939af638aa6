using System.Diagnostics;
using System.Text;
using Platform.AppHost.Processes;

namespace Platform.AppHost.Local;

/// <summary>One run of a service's process: its output, its end, and how it is stopped.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(2);

    // Kept for as long as the service runs: its standard input ends when this object or the AppHost does.
    private readonly Process _process;
    private readonly Action<string> _onLine;

    private ServiceProcess(Process process, Action<string> onLine)
    {
        _process = process;
        _onLine = onLine;
        Exited = WaitAsync();
    }

    /// <summary>The exit code, once the process has ended and its output was read.</summary>
    public Task<int> Exited { get; }

    public int Id => _process.Id;

    public static ServiceProcess Start(
        ProjectResource resource, IReadOnlyDictionary<string, string> environment, Action<string> onLine)
    {
        var assembly = resource.Project.AssemblyPath;
        if (!File.Exists(assembly))
            throw new DistributedApplicationException($"{resource.Name} is not built: there is no {assembly}.");
        var start = new ProcessStartInfo
        {
            // As under Aspire, and where appsettings.json and wwwroot are found.
            WorkingDirectory = Path.GetDirectoryName(resource.Project.ProjectPath)!,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        // The service's own executable gives it its own name in the list of processes.
        var executable = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        start.FileName = File.Exists(executable) ? executable : ChildProcess.DotnetPath;
        if (!File.Exists(executable))
        {
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(assembly);
        }

        foreach (var argument in resource.Arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.Environment.TryAdd("DOTNET_ROOT", Path.GetDirectoryName(ChildProcess.DotnetPath));
        var process = Process.Start(start)
            ?? throw new DistributedApplicationException($"{resource.Name} could not be started.");
        return new ServiceProcess(process, onLine);
    }

    /// <summary>
    /// SIGTERM, then SIGKILL when the time is up or at once when <paramref name="kill"/> is cancelled.
    /// </summary>
    /// <returns>Whether the process had to be killed.</returns>
    public async Task<bool> StopAsync(TimeSpan patience, CancellationToken kill)
    {
        ChildProcess.Terminate(_process);
        if (OperatingSystem.IsWindows())
            _process.StandardInput.Close(); // Asks the same of a service that stops at the end of its input.
        try
        {
            await Exited.WaitAsync(patience, kill);
            return false;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Not its children: a training worker writes its checkpoint and ends by itself, see decision 0001.
            _process.Kill();
            await Exited;
            return true;
        }
    }

    public static string Describe(int exitCode) =>
        exitCode > 128 && !OperatingSystem.IsWindows() ? $"killed by signal {exitCode - 128}" : $"exit code {exitCode}";

    public void Dispose() => _process.Dispose();

    private async Task<int> WaitAsync()
    {
        var output = Task.WhenAll(PumpAsync(_process.StandardOutput), PumpAsync(_process.StandardError));
        await _process.WaitForExitAsync(CancellationToken.None);
        try
        {
            // A grandchild may hold the output open long after the service itself has ended.
            await output.WaitAsync(s_drain);
        }
        catch (TimeoutException)
        {
            _onLine("(a child process still holds this service's output open)");
        }

        return _process.ExitCode;
    }

    private async Task PumpAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
            _onLine(line);
    }
}
