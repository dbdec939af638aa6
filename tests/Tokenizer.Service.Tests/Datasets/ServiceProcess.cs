using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.Tokenizer.Service.Tests.Datasets;

/// <summary>The service as a process of its own, so that it can be killed.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;
    private readonly GrpcChannel _channel;

    public ServiceProcess(string dataRoot)
    {
        var (grpc, http) = (FreePort(), FreePort());
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "Tokenizer.Service.dll") },
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Platform__DataRoot"] = dataRoot;
        start.Environment["Kestrel__Endpoints__grpc__Url"] = $"http://127.0.0.1:{grpc}";
        start.Environment["Kestrel__Endpoints__grpc__Protocols"] = "Http2";
        start.Environment["Kestrel__Endpoints__http__Url"] = $"http://127.0.0.1:{http}";
        start.Environment["Preparation__CheckpointInterval"] = "00:00:00.05";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
        Client = new DatasetService.DatasetServiceClient(_channel);
    }

    public DatasetService.DatasetServiceClient Client { get; }

    /// <summary>Waits until it answers.</summary>
    public async Task ReadyAsync() => await Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                await Client.ListDatasetsAsync(new ListDatasetsRequest());
                return true;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                Assert.False(_process.HasExited, "The service has ended.");
                return false;
            }
        },
        TimeSpan.FromSeconds(60));

    /// <summary>SIGKILL.</summary>
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
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
