using System.Diagnostics;
using System.Globalization;

namespace Platform.Testing;

/// <summary>A service as a process of its own, so that it can be killed.</summary>
public sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;

    private ServiceProcess(Process process, int grpcPort, int httpPort)
    {
        _process = process;
        (Grpc, Http) = (Local(grpcPort), Local(httpPort));
    }

    /// <summary>Its gRPC endpoint.</summary>
    public Uri Grpc { get; }

    /// <summary>Its HTTP endpoint: health and metrics.</summary>
    public Uri Http { get; }

    /// <summary>Its process id.</summary>
    public int Pid => _process.Id;

    /// <summary>Starts a service that lies beside the tests and waits until it is alive.</summary>
    /// <param name="name">Such as <c>Trainer.Service</c>.</param>
    /// <param name="dataRoot">The data root.</param>
    /// <param name="settings">Further settings, as environment variables (<c>Section__Key</c>).</param>
    public static async Task<ServiceProcess> StartAsync(
        string name, string dataRoot, IReadOnlyDictionary<string, string>? settings = null)
    {
        var ports = FreePort.Find(2);
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, name))
        {
            WorkingDirectory = AppContext.BaseDirectory,
            Environment =
            {
                ["Platform__DataRoot"] = dataRoot,
                ["Kestrel__Endpoints__grpc__Url"] = Local(ports[0]).ToString(),
                ["Kestrel__Endpoints__grpc__Protocols"] = "Http2",
                ["Kestrel__Endpoints__http__Url"] = Local(ports[1]).ToString(),
                ["Logging__LogLevel__Default"] = "Error",
            },
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        var service = new ServiceProcess(Process.Start(start)!, ports[0], ports[1]);
        try
        {
            using var http = new HttpClient { BaseAddress = Local(ports[1]) };
            await Eventually.HoldsAsync(() => service.IsAliveAsync(http), TimeSpan.FromSeconds(60), $"{name} is alive");
            return service;
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private static Uri Local(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    private async Task<bool> IsAliveAsync(HttpClient http)
    {
        Assert.False(_process.HasExited, "The service ended at its start.");
        try
        {
            using var response = await http.GetAsync(
                new Uri("/alive", UriKind.Relative), TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
