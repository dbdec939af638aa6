using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>The built Dashboard as a process of its own, on a port that the system chose.</summary>
public sealed partial class DashboardProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TempFolder _data = new();

    private DashboardProcess(IEnumerable<KeyValuePair<string, string>> environment)
    {
        var build = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var folder = Path.Combine(RepositoryRoot.Path, "Dashboard", "bin", build.Parent!.Name, build.Name);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "Dashboard.dll")])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["Kestrel__Endpoints__http__Url"] = "http://127.0.0.1:0";
        start.Environment["Platform__DataRoot"] = _data.Path;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        // It ends with these tests, however they end.
        start.Environment["PLATFORM_STOP_ON_STDIN_EOF"] = "1";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = new() { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
    }

    /// <summary>Where it listens.</summary>
    public string Address => _address.Task.Result;

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>What it has printed.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="environment">More variables, such as the services' addresses.</param>
    public static async Task<DashboardProcess> StartAsync(IEnumerable<KeyValuePair<string, string>> environment)
    {
        var dashboard = new DashboardProcess(environment);
        dashboard._process.Start();
        dashboard._process.BeginOutputReadLine();
        dashboard._process.BeginErrorReadLine();
        _ = dashboard._process.WaitForExitAsync().ContinueWith(
            _ => dashboard._address.TrySetException(
                new InvalidOperationException("The Dashboard ended:\n" + dashboard.Output)),
            TaskScheduler.Default);
        await dashboard._address.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return dashboard;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _data.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.AppendLine(line);
        if (Listening().Match(line) is { Success: true } match)
            _address.TrySetResult(match.Groups[1].Value);
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
