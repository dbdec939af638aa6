using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Platform.ServiceDefaults.Tests;

/// <summary>
/// A service with the defaults and one gRPC service whose four kinds of method all throw what the test tells them to.
/// </summary>
internal sealed class TestService : IAsyncDisposable
{

    private readonly WebApplication _app;
    private readonly TempFolder _folder;

    private TestService(WebApplication app, TempFolder folder) => (_app, _folder) = (app, folder);

    public static async Task<TestService> StartAsync(
        Func<Exception>? error = null, params (string Key, string Value)[] settings)
    {
        var folder = new TempFolder();
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["Platform:DataRoot"] = folder.Path;
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.WebHost.UseTestServer();
        builder.AddServiceDefaults("test");
        builder.Services.AddSingleton(new ThrowerService(error ?? (() => new InvalidOperationException("unused"))));
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<ThrowerService>();
        var service = new TestService(app, folder);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    public Grpc.Net.Client.GrpcChannel CreateChannel() => Grpc.Net.Client.GrpcChannel.ForAddress(
        "http://localhost", new() { HttpHandler = _app.GetTestServer().CreateHandler() });

    public HttpClient CreateHttpClient() => _app.GetTestServer().CreateClient();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
