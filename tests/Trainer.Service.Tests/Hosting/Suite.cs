using System.Text.Json.Nodes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Datasets;
using Platform.Workspaces;

namespace Platform.Trainer.Service.Tests.Hosting;

/// <summary>
/// The real service over a fresh data root, in this process, with the stand-in as its worker; it can be stopped in
/// order and started again.
/// </summary>
internal sealed class Suite : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _settings = [];
    private WebApplicationFactory<Program>? _factory;
    private GrpcChannel? _channel;

    public Suite()
    {
        Root = new DataRoot(_folder.Path);
        WriteDataset("letters");
        Set("Platform:DataRoot", Root.Path);
        Set("Trainer:WorkerPrefix:0", StandInPath);
        Set("Logging:LogLevel:Default", "Warning");
    }

    public static string StandInPath { get; } = Path.Combine(AppContext.BaseDirectory, "StandIn.Worker");

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public DataRoot Root { get; }

    public RunService.RunServiceClient Runs { get; private set; } = null!;

    public SweepService.SweepServiceClient Sweeps { get; private set; } = null!;

    public static Suite Start(Action<Suite>? prepare = null)
    {
        var suite = new Suite();
        prepare?.Invoke(suite);
        suite.StartService();
        return suite;
    }

    /// <summary>A setting of the service, before it starts.</summary>
    public void Set(string key, string value) => _settings[key] = value;

    public void StartService()
    {
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            foreach (var (key, value) in _settings)
                builder.UseSetting(key, value);
        });
        _channel = GrpcChannel.ForAddress(
            "http://localhost",
            new GrpcChannelOptions
            {
                HttpHandler = _factory.Server.CreateHandler(),
                MaxReceiveMessageSize = 16 << 20,
            });
        Runs = new RunService.RunServiceClient(_channel);
        Sweeps = new SweepService.SweepServiceClient(_channel);
    }

    /// <summary>An orderly stop: workers save what they have.</summary>
    public async Task StopServiceAsync()
    {
        _channel?.Dispose();
        if (_factory is not null)
            await _factory.DisposeAsync();
        _factory = null;
    }

    /// <summary>Tells the service to stop, while its clients are still there.</summary>
    public void BeginStop() => _factory!.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

    public string FolderOf(string run) => Path.Combine(Root.Runs, run["runs/".Length..]);

    /// <summary>A finished data set as far as the service looks at it.</summary>
    public void WriteDataset(string id, long validationTokens = 1000, string kind = "TOKENS")
    {
        var folder = Path.Combine(Root.Datasets, id);
        var manifest = new JsonObject
        {
            ["format_version"] = 1,
            ["id"] = id,
            ["kind"] = kind,
            ["complete_time"] = "2026-01-02T03:04:05Z",
            ["document_count"] = 1,
            ["text_bytes"] = 100_000,
            ["train_tokens"] = 100_000,
            ["validation_tokens"] = validationTokens,
            ["tokenizer"] = new JsonObject { ["name"] = "tokenizers/t", ["sha256"] = "", ["vocabulary_size"] = 64 },
            ["files"] = new JsonArray(),
        };
        AtomicFile.WriteText(Path.Combine(folder, DatasetManifest.FileName), manifest.ToJsonString());
    }

    /// <summary>What the stand-in does in a run; in all runs for <c>default</c>.</summary>
    public void Script(string run, JsonObject script) =>
        AtomicFile.WriteText(Path.Combine(Root.Path, "script", run + ".json"), script.ToJsonString());

    /// <summary>Lets a run go on that waits where its script has it hold.</summary>
    public void Go(string run) => AtomicFile.WriteText(Path.Combine(Root.Path, "script", run + ".go"), "");

    /// <summary>A small spec.</summary>
    public static RunSpec Spec(long steps = 10) => new()
    {
        Dataset = "datasets/letters",
        MaxSteps = steps,
        Model = new ModelSpec { NLayer = 1, NHead = 2, NEmbd = 16, BlockSize = 32 },
        Batch = new BatchSpec { MicroBatchSize = 2 },
        Evaluation = new MeasurementSpec { ValidationInterval = 5 },
        Checkpoint = new CheckpointSpec { Interval = 5 },
    };

    /// <summary>Makes a run and answers its name.</summary>
    public async Task<string> CreateAsync(string id = "", long steps = 10, Action<CreateRunRequest>? change = null)
    {
        var request = new CreateRunRequest { RunId = id, Spec = Spec(steps) };
        change?.Invoke(request);
        return (await Runs.CreateRunAsync(request, cancellationToken: Cancel)).Run.Name;
    }

    public async Task<Run> GetAsync(string run) =>
        (await Runs.GetRunAsync(new GetRunRequest { Name = run }, cancellationToken: Cancel)).Run;

    /// <summary>What collectors of metrics get to read.</summary>
    public async Task<string> MetricsAsync()
    {
        using var http = _factory!.CreateClient();
        return await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel);
    }

    /// <summary>Waits until a run is in a state.</summary>
    public async Task<Run> UntilAsync(string run, State state)
    {
        Run? last = null;
        await Eventually.HoldsAsync(
            async () => (last = await GetAsync(run)).State == state, text: $"{run} is {state}");
        return last!;
    }

    /// <summary>Waits until a run has done so many steps.</summary>
    public Task UntilStepAsync(string run, long step) =>
        Eventually.HoldsAsync(async () => (await GetAsync(run)).Step >= step, text: $"{run} is at step {step}");

    public async Task<IReadOnlyList<string>> EventTypesAsync(string run)
    {
        var response = await Runs.ListEventsAsync(new ListEventsRequest { Run = run }, cancellationToken: Cancel);
        return [.. response.Events.Select(item => item.Type)];
    }

    /// <summary>Runs a call that must fail, and answers its status.</summary>
    public static async Task<CallFailure> FailureAsync<T>(AsyncUnaryCall<T> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        var status = error.GetRpcStatus();
        var violations = status?.GetDetail<BadRequest>()?.FieldViolations ?? [];
        return new CallFailure(
            error.StatusCode,
            status?.GetDetail<ErrorInfo>()?.Reason ?? "",
            [.. violations.Select(item => item.Field)],
            error.Status.Detail);
    }

    public async ValueTask DisposeAsync()
    {
        await StopServiceAsync();
        _folder.Dispose();
    }
}
