using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Platform.AppHost.Local;

namespace Platform.AppHost.Tests;

/// <summary>The stand-in suite as a real process: its lines, its services, and signals to it.</summary>
internal sealed class SuiteProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    private static readonly string s_assembly = typeof(SuiteProcess).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "StandInAppHost").Value!;

    private readonly List<string> _lines = [];
    private readonly Process _process;
    private readonly string _dataRoot;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SuiteProcess(Process process, string dataRoot)
    {
        _process = process;
        _dataRoot = dataRoot;
        _process.OutputDataReceived += (_, e) => OnLine(e.Data);
        _process.ErrorDataReceived += (_, e) => OnLine(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public string[] Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public static SuiteProcess Start(
        string dataRoot, string[]? arguments = null, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Path.ChangeExtension(s_assembly, null))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var argument in arguments ?? [])
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add("--data-root");
        start.ArgumentList.Add(dataRoot);
        // The suite ends with these tests, however they end.
        start.Environment[ServiceEnvironment.StopOnStdinEof] = "1";
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        return new SuiteProcess(Process.Start(start)!, dataRoot);
    }

    /// <summary>Waits for a line that has <paramref name="text"/> in it.</summary>
    public async Task<string> LineAsync(string text)
    {
        using var timeout = Timeout();
        while (true)
        {
            Task changed;
            lock (_lines)
            {
                if (_lines.Find(l => l.Contains(text, StringComparison.Ordinal)) is { } line)
                    return line;
                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"No line with “{text}”. There were:\n{string.Join('\n', Lines)}");
            }
        }
    }

    public Task HealthyAsync() => LineAsync("Dashboard: http://localhost:");

    public async Task<int> ExitCodeAsync()
    {
        using var timeout = Timeout();
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    /// <summary>The pid of one service, from the line that says that it is healthy.</summary>
    public async Task<int> ServiceIdAsync(string name)
    {
        var line = await LineAsync($"{name} is healthy (pid ");
        var start = line.IndexOf("pid ", StringComparison.Ordinal) + 4;
        return int.Parse(line[start..line.IndexOf(')', start)], CultureInfo.InvariantCulture);
    }

    /// <summary>The address of one endpoint, from suite.json.</summary>
    public string Address(string service, string endpoint)
    {
        using var suite = JsonDocument.Parse(File.ReadAllText(Path.Combine(_dataRoot, "suite.json")));
        return suite.RootElement.GetProperty(service).GetProperty(endpoint).GetString()!;
    }

    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Ends the suite's standard input, as the end of its starter does.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>Waits until a process is gone (a zombie that nobody has reaped yet is).</summary>
    public static async Task GoneAsync(int pid)
    {
        using var timeout = Timeout();
        while (IsRunning(pid))
            await Task.Delay(20, timeout.Token);
    }

    public static bool IsRunning(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Processes that were started by the suite with this pid and still run, by what their environment says.
    /// </summary>
    public static IEnumerable<int> ServicesOf(int appHost)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var pid) && IsRunning(pid)
                && Environment(pid).Contains($"PLATFORM_APPHOST_PID={appHost}"))
            {
                yield return pid;
            }
        }
    }

    private static string[] Environment(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // Gone meanwhile, or another user's.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static CancellationTokenSource Timeout()
    {
        var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(s_patience);
        return timeout;
    }

    private void OnLine(string? line)
    {
        if (line is null)
            return;
        lock (_lines)
        {
            _lines.Add(line);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
