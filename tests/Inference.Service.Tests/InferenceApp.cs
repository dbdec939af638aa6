using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Inference.V1;
using Platform.Hub;
using Platform.Tokenization;

namespace Platform.Inference.Service.Tests;

/// <summary>The service as it is, on a data root of its own.</summary>
internal sealed class InferenceApp : WebApplicationFactory<Program>
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _settings = [];
    private GrpcChannel? _channel;
    private HttpClient? _http;

    public InferenceApp(params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings)
            _settings[key] = value;
        // Over real connections: a test server knows neither resets nor deadlines.
        UseKestrel();
    }

    public TextTokenizer Tokenizer { get; } = TinyModels.Bpe();

    public string DataRoot => _folder.Path;

    public GrpcChannel Channel => _channel ??= Connect();

    public InferenceService.InferenceServiceClient Client => new(Channel);

    /// <summary>A client of the HTTP endpoint.</summary>
    public HttpClient Http => _http ??= new HttpClient { BaseAddress = Address(1) };

    /// <summary>Writes a run's checkpoint; the weights differ by seed.</summary>
    public string AddModel(string run, long seed = 7, int blockSize = 64, long step = 10)
    {
        using var model = TinyModels.Create(Tokenizer, blockSize, seed);
        return TinyModels.WriteCheckpoint(DataRoot, run, step, model, Tokenizer);
    }

    public static T Details<T>(RpcException error)
        where T : class, Google.Protobuf.IMessage<T>, new() => error.GetRpcStatus()!.GetDetail<T>()!;

    public static async Task<RpcException> ThrowsAsync(StatusCode code, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(code == error.StatusCode, $"{error.StatusCode}: {error.Status.Detail}");
        Assert.Equal("platform", Details<ErrorInfo>(error).Domain);
        return error;
    }

    private GrpcChannel Connect() => GrpcChannel.ForAddress(Address(0));

    // The endpoints of the settings in the order of their names: grpc, http.
    private Uri Address(int endpoint)
    {
        StartServer();
        var addresses = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new Uri(addresses.ElementAt(endpoint));
    }

    /// <summary>Where the hub is; by default nowhere.</summary>
    public Uri Hub { get; init; } = new("http://127.0.0.1:1/");

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.ConfigureTestServices(services => services.AddSingleton(_ => new HubClient(new HubOptions
        {
            CacheFolder = Path.Combine(DataRoot, "hub"),
            Endpoint = Hub,
            MaxAttempts = 1,
        })));
        builder.UseSetting("Platform:DataRoot", _folder.Path);
        builder.UseSetting("Kestrel:Endpoints:grpc:Url", "http://127.0.0.1:0");
        builder.UseSetting("Kestrel:Endpoints:http:Url", "http://127.0.0.1:0");
        foreach (var (key, value) in _settings)
            builder.UseSetting(key, value);
    }

    protected override void Dispose(bool disposing)
    {
        _channel?.Dispose();
        _http?.Dispose();
        base.Dispose(disposing);
        _folder.Dispose();
    }
}
