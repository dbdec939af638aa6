using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Grpc.Net.Client;

namespace Platform.EndToEnd.Tests.Suite;

/// <summary>The whole suite as a user starts it: AppHost and its services, real processes on free ports.</summary>
public sealed class RunningSuite : IAsyncDisposable
{
    private readonly Process? _process;
    private readonly ConcurrentQueue<string> _lines = [];
    private readonly TaskCompletionSource<string> _dashboard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, GrpcChannel> _channels = new();

    private RunningSuite(Process process, string dataRoot)
    {
        _process = process;
        DataRoot = dataRoot;
        process.OutputDataReceived += (_, line) => OnLine(line.Data);
        process.ErrorDataReceived += (_, line) => OnLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private RunningSuite(string dataRoot) => DataRoot = dataRoot;

    /// <summary>Where everything is kept.</summary>
    public string DataRoot { get; }

    /// <summary>The file that tells where the services listen.</summary>
    public string SuiteFile => Path.Combine(DataRoot, "suite.json");

    /// <summary>The AppHost's process id.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>Everything that the AppHost has printed.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The Dashboard's address.</summary>
    public string DashboardAddress => _dashboard.Task.Result;

    /// <summary>Starts the suite and waits until it says where its Dashboard is.</summary>
    public static async Task<RunningSuite> StartAsync(string dataRoot, int seconds = 60)
    {
        var start = new ProcessStartInfo(Outputs.AppHost, ["--ports", "0", "--data-root", dataRoot])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = RepositoryRoot.Path,
        };
        start.Environment["UseAspire"] = "false";
        // The suite ends with these tests, however they end.
        start.Environment["PLATFORM_STOP_ON_STDIN_EOF"] = "1";
        var suite = new RunningSuite(Process.Start(start)!, dataRoot);
        try
        {
            await suite._dashboard.Task.WaitAsync(
                TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            var said = string.Join('\n', suite._lines);
            await suite.DisposeAsync();
            throw new InvalidOperationException($"The suite was not up after {seconds} s:\n{said}");
        }

        return suite;
    }

    /// <summary>A suite that somebody else started and will stop.</summary>
    /// <param name="dataRoot">Its data root.</param>
    public static RunningSuite Of(string dataRoot)
    {
        var suite = new RunningSuite(dataRoot);
        suite._dashboard.SetResult(suite.Address("dashboard", "http"));
        return suite;
    }

    /// <summary>
    /// The channel to a service's gRPC endpoint: one for all who ask. One for each poll of a test came to more
    /// connections than a service takes when a busy machine made runs last.
    /// </summary>
    public GrpcChannel Channel(string service) => _channels.GetOrAdd(Address(service), GrpcChannel.ForAddress);

    /// <summary>A service's address.</summary>
    public string Address(string service, string endpoint = "grpc")
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SuiteFile));
        return document.RootElement.GetProperty(service).GetProperty(endpoint).GetString()!;
    }

    /// <summary>Runs a verb of the Cli against this suite.</summary>
    public Task<ProcessResult> CliAsync(IEnumerable<string> arguments, int seconds = 120) =>
        Programs.RunAsync(Outputs.Cli, [.. arguments, "--suite", SuiteFile], seconds: seconds);

    /// <summary>Sends the AppHost a signal and waits for its end.</summary>
    public async Task<int> EndAsync(int signal, int seconds = 40)
    {
        if (!_process!.HasExited)
            Signals.Send(_process.Id, signal);
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(seconds));
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.Values)
            channel.Dispose();
        if (_process is null)
            return;
        try
        {
            await EndAsync(Signals.Terminate);
        }
        finally
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            _process.Dispose();
        }
    }

    private void OnLine(string? line)
    {
        const string Mark = "Dashboard: ";
        if (line is null)
            return;
        _lines.Enqueue(line);
        var at = line.IndexOf(Mark, StringComparison.Ordinal);
        if (at >= 0)
            _dashboard.TrySetResult(line[(at + Mark.Length)..].Trim());
    }
}
