using Grpc.Health.V1;
using MudBlazor.Services;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Server.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Layout;
using Platform.Dashboard.Login;

namespace Platform.Dashboard;

/// <summary>What the Dashboard is made of.</summary>
internal static class DashboardSetup
{
    /// <summary>Adds pages, clients and login.</summary>
    /// <param name="builder">The application.</param>
    public static void AddDashboard(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddMudServices();
        services.AddSingleton(TimeProvider.System);
        services.AddScoped<Browser>();
        AddClients(services);
        builder.AddLogin();
    }

    private static void AddClients(IServiceCollection services)
    {
        AddGrpc<TokenizerService.TokenizerServiceClient>(services, "tokenizer");
        AddGrpc<DatasetService.DatasetServiceClient>(services, "tokenizer");
        AddGrpc<RunService.RunServiceClient>(services, "trainer");
        AddGrpc<SweepService.SweepServiceClient>(services, "trainer");
        AddGrpc<EvaluationService.EvaluationServiceClient>(services, "eval");
        AddGrpc<InferenceService.InferenceServiceClient>(services, "inference");
        foreach (var name in ServersClient.Names)
        {
            AddGrpc<ServerService.ServerServiceClient>(services, name, name);
            AddGrpc<Health.HealthClient>(services, name, name + "-health");
        }

        services.AddSingleton<Follower>();
        services.AddTransient<TokenizersClient>();
        services.AddTransient<DatasetsClient>();
        services.AddTransient<RunsClient>();
        services.AddTransient<SweepsClient>();
        services.AddTransient<EvaluationsClient>();
        services.AddTransient<GenerationClient>();
        services.AddTransient<ServersClient>();
    }

    private static void AddGrpc<TClient>(IServiceCollection services, string service, string? name = null)
        where TClient : class
    {
        var address = new Uri($"http://_grpc.{service}");
        var client = name is null
            ? services.AddGrpcClient<TClient>(options => options.Address = address)
            : services.AddGrpcClient<TClient>(name, options => options.Address = address);
        client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            // A machine that vanished is noticed within 15 s on an idle stream too.
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            ConnectTimeout = TimeSpan.FromSeconds(5),
            EnableMultipleHttp2Connections = true,
        });
    }
}
