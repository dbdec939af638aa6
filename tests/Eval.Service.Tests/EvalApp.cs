using System.Text.Json;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Hub;
using Platform.Tokenization;

namespace Platform.Eval.Service.Tests;

/// <summary>The service as it is, with real workers, on a data root that the test owns.</summary>
internal sealed class EvalApp : WebApplicationFactory<Program>
{
    private static readonly string[] s_words =
        ["boy", "girl", "dog", "tree", "house", "runs",
        "walks", "sings", "sleeps", "old", "red", "heavy", "stone", "mat"];

    private readonly string _dataRoot;
    private readonly (string Key, string Value)[] _settings;
    private GrpcChannel? _channel;

    public EvalApp(string dataRoot, params (string Key, string Value)[] settings)
    {
        (_dataRoot, _settings) = (dataRoot, settings);
        UseKestrel();
    }

    public static TextTokenizer Tokenizer { get; } = TinyModels.Bpe();

    public EvaluationService.EvaluationServiceClient Client => new(_channel ??= Connect());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Writes a model <c>runs/{run}@10</c>.</summary>
    public static string WriteModel(string dataRoot, string run = "a", long seed = 7)
    {
        using var model = TinyModels.Create(Tokenizer, seed: seed);
        return TinyModels.WriteCheckpoint(dataRoot, run, 10, model, Tokenizer);
    }

    /// <summary>Writes a data set <c>datasets/{id}</c> of items, the same ones for the same count.</summary>
    public static string WriteItems(string dataRoot, string id, int count, params string[] more)
    {
        var folder = Directory.CreateDirectory(Path.Combine(dataRoot, "datasets", id)).FullName;
        var random = new Random(5);
        string Sentence(int words) =>
            string.Join(' ', Enumerable.Range(0, words).Select(_ => random.GetItems(s_words, 1)[0]));
        var lines = Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(new
        {
            activity_label = i % 2 == 0 ? "High jump" : "Canoeing",
            ctx = $"The {Sentence(8)}. the {Sentence(2)}",
            ctx_a = $"The {Sentence(8)}.",
            ctx_b = $"the {Sentence(2)}",
            endings = Enumerable.Range(0, 4).Select(_ => Sentence(2 + random.Next(4)) + ".").ToArray(),
            label = random.Next(4),
        }));
        var path = Path.Combine(folder, "items.jsonl");
        File.WriteAllLines(path, [.. lines, .. more]);
        File.WriteAllText(Path.Combine(folder, "manifest.json"), "{}");
        return path;
    }

    public static CreateEvaluationRequest Request(string id, string items, string model = "runs/a") => new()
    {
        EvaluationId = id,
        Recompute = true,
        Spec = new() { Model = model, Task = "hellaswag", Items = items, Device = "cpu", Threads = 1 },
    };

    public static T Details<T>(RpcException error)
        where T : class, Google.Protobuf.IMessage<T>, new() => error.GetRpcStatus()!.GetDetail<T>()!;

    public static async Task<RpcException> ThrowsAsync(StatusCode code, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(code == error.StatusCode, $"{error.StatusCode}: {error.Status.Detail}");
        Assert.Equal("platform", Details<ErrorInfo>(error).Domain);
        return error;
    }

    public async Task<Evaluation> CreateAsync(CreateEvaluationRequest request) =>
        (await Client.CreateEvaluationAsync(request, cancellationToken: Token)).Evaluation;

    public async Task<Evaluation> GetAsync(string name) =>
        (await Client.GetEvaluationAsync(new() { Name = name }, cancellationToken: Token)).Evaluation;

    /// <summary>Follows an evaluation until something holds; fails where it ends before.</summary>
    public async Task<Evaluation> WaitAsync(string name, Func<Evaluation, bool> condition)
    {
        using var call = Client.WatchEvaluation(
            new() { Name = name }, deadline: DateTime.UtcNow.AddMinutes(2), cancellationToken: Token);
        Evaluation? last = null;
        await foreach (var response in call.ResponseStream.ReadAllAsync(Token))
        {
            last = response.Evaluation;
            if (condition(last))
                return last;
        }

        throw new InvalidOperationException($"It ended before: {last}");
    }

    public Task<Evaluation> WaitForEndAsync(string name) => WaitAsync(
        name, evaluation => evaluation.State is State.Succeeded or State.Failed or State.Cancelled);

    /// <summary>All graded items.</summary>
    public async Task<IReadOnlyList<Example>> ExamplesAsync(string name, string filter = "") =>
        (await Client.ListExamplesAsync(
            new() { Evaluation = name, PageSize = 1000, Filter = filter }, cancellationToken: Token)).Examples;

    /// <summary>Where the hub is; by default nowhere.</summary>
    public Uri Hub { get; init; } = new("http://127.0.0.1:1/");

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.ConfigureTestServices(services => services.AddSingleton(_ => new HubClient(new HubOptions
        {
            CacheFolder = Path.Combine(_dataRoot, "hub"),
            Endpoint = Hub,
            MaxAttempts = 1,
        })));
        builder.UseSetting("Platform:DataRoot", _dataRoot);
        builder.UseSetting("Kestrel:Endpoints:grpc:Url", "http://127.0.0.1:0");
        builder.UseSetting("Kestrel:Endpoints:http:Url", "http://127.0.0.1:0");
        foreach (var (key, value) in _settings)
            builder.UseSetting(key, value);
    }

    protected override void Dispose(bool disposing)
    {
        _channel?.Dispose();
        base.Dispose(disposing);
    }

    private GrpcChannel Connect()
    {
        StartServer();
        var addresses = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        // The endpoints of the settings in the order of their names: grpc, http.
        return GrpcChannel.ForAddress(addresses.First());
    }
}
