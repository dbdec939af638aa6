using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Platform.FakeSuite.Services;

namespace Platform.FakeSuite;

/// <summary>One service of the suite on a port that it keeps over a stop and a start.</summary>
/// <param name="name">Its name.</param>
/// <param name="world">What it knows.</param>
public sealed class FakeService(string name, World world)
{
    private WebApplication? _app;
    private int _port;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Where it listens.</summary>
    public string Address => $"http://127.0.0.1:{_port}";

    /// <summary>Starts it.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();

        // The settings of whoever hosts this, a test among them, are not this service's.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, _port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddGrpcHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy());
        builder.Services.AddSingleton(world);
        builder.Services.AddSingleton(new FakeServerInfo(name));
        _app = builder.Build();
        _app.MapGrpcHealthChecksService();
        _app.MapGrpcService<FakeServerService>();
        switch (name)
        {
            case "tokenizer":
                _app.MapGrpcService<FakeTokenizers>();
                _app.MapGrpcService<FakeDatasets>();
                break;
            case "trainer":
                _app.MapGrpcService<FakeRuns>();
                _app.MapGrpcService<FakeSweeps>();
                _app.MapGrpcService<FakeExports>();
                break;
            case "eval":
                _app.MapGrpcService<FakeEvaluations>();
                break;
            default:
                _app.MapGrpcService<FakeInference>();
                break;
        }

        await _app.StartAsync();
        _port = new Uri(_app.Urls.First()).Port;
    }

    /// <summary>Ends it; streams that are open break.</summary>
    public async Task StopAsync()
    {
        if (_app is not { } app)
            return;
        _app = null;
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }
}
