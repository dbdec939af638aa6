using Grpc.Net.Client;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.Trainer.Service.Tests.Hosting;

/// <summary>The real service as a process of its own, so that it can be killed.</summary>
internal sealed class TrainerProcess : IDisposable
{
    private readonly ServiceProcess _process;
    private readonly GrpcChannel _channel;

    private TrainerProcess(ServiceProcess process)
    {
        _process = process;
        _channel = GrpcChannel.ForAddress(process.Grpc);
        Runs = new RunService.RunServiceClient(_channel);
        Sweeps = new SweepService.SweepServiceClient(_channel);
        Exports = new ExportService.ExportServiceClient(_channel);
    }

    public RunService.RunServiceClient Runs { get; }

    public SweepService.SweepServiceClient Sweeps { get; }

    public ExportService.ExportServiceClient Exports { get; }

    /// <summary>Its HTTP endpoint.</summary>
    public Uri Http => _process.Http;

    public int Pid => _process.Pid;

    /// <param name="dataRoot">The data root.</param>
    /// <param name="realWorker">Whether runs are trained; else the stand-in takes the worker's place.</param>
    /// <param name="hub">Where models of the hub come from; null: no hub is asked for.</param>
    /// <param name="prefix">Words before the worker's command.</param>
    public static async Task<TrainerProcess> StartAsync(
        string dataRoot, bool realWorker = false, Uri? hub = null, IReadOnlyList<string>? prefix = null)
    {
        var settings = new Dictionary<string, string>();
        for (var i = 0; i < prefix?.Count; i++)
            settings[$"Trainer__WorkerPrefix__{i}"] = prefix[i];
        if (hub is not null)
            settings["HF_ENDPOINT"] = hub.ToString();
        if (!realWorker)
            settings["Trainer__WorkerPrefix__0"] = Suite.StandInPath;
        return new TrainerProcess(await ServiceProcess.StartAsync("Trainer.Service", dataRoot, settings));
    }

    public async Task<Run> GetAsync(string name) =>
        (await Runs.GetRunAsync(new GetRunRequest { Name = name }, cancellationToken: Suite.Cancel)).Run;

    /// <summary>Waits for a run's end, which must be a good one.</summary>
    public async Task<Run> FinishAsync(string name)
    {
        Run? run = null;
        await Eventually.HoldsAsync(
            async () => (run = await GetAsync(name)).State is State.Succeeded or State.Failed,
            TimeSpan.FromMinutes(3),
            $"{name} has ended");
        Assert.Null(run!.Error);
        return run;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _channel.Dispose();
        _process.Dispose();
    }
}
