using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.Contracts.Trainer.V1;

namespace Platform.Trainer.Service.Tests.Hosting;

/// <summary>The real service as a process of its own, so that it can be killed.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;
    private readonly GrpcChannel _channel;

    private ServiceProcess(Process process, int port)
    {
        _process = process;
        _channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        Runs = new RunService.RunServiceClient(_channel);
        Sweeps = new SweepService.SweepServiceClient(_channel);
    }

    public RunService.RunServiceClient Runs { get; }

    public SweepService.SweepServiceClient Sweeps { get; }

    public int Pid => _process.Id;

    /// <param name="dataRoot">The data root.</param>
    /// <param name="realWorker">Whether runs are trained; else the stand-in takes the worker's place.</param>
    public static async Task<ServiceProcess> StartAsync(string dataRoot, bool realWorker = false)
    {
        var (grpc, http) = (FreePort(), FreePort());
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Trainer.Service"))
        {
            WorkingDirectory = AppContext.BaseDirectory,
            Environment =
            {
                ["Platform__DataRoot"] = dataRoot,
                ["Kestrel__Endpoints__grpc__Url"] = $"http://127.0.0.1:{grpc}",
                ["Kestrel__Endpoints__http__Url"] = $"http://127.0.0.1:{http}",
                ["Logging__LogLevel__Default"] = "Error",
            },
        };
        if (!realWorker)
            start.Environment["Trainer__WorkerPrefix__0"] = Suite.StandInPath;
        var service = new ServiceProcess(Process.Start(start)!, grpc);
        try
        {
            await Eventually.HoldsAsync(service.AnswersAsync, TimeSpan.FromSeconds(60), "the service answers");
            return service;
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _channel.Dispose();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.False(_process.HasExited, "The service ended at its start.");
        try
        {
            await Runs.ListRunsAsync(new ListRunsRequest(), cancellationToken: Suite.Cancel);
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }
}
