using Grpc.Health.V1;
using MudBlazor.Services;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Server.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Charts;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Layout;
using Platform.Dashboard.Login;
using Platform.ServiceDefaults.Clients;

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
        services.AddScoped<Browser>();
        AddClients(services);
        builder.AddLogin();
    }

    private static void AddClients(IServiceCollection services)
    {
        services.AddPlatformClient<TokenizerService.TokenizerServiceClient>("tokenizer", TokenizerService.Descriptor);
        services.AddPlatformClient<DatasetService.DatasetServiceClient>("tokenizer", DatasetService.Descriptor);
        services.AddPlatformClient<RunService.RunServiceClient>("trainer", RunService.Descriptor);
        services.AddPlatformClient<SweepService.SweepServiceClient>("trainer", SweepService.Descriptor);
        services.AddPlatformClient<ExportService.ExportServiceClient>("trainer", ExportService.Descriptor);
        services.AddPlatformClient<EvaluationService.EvaluationServiceClient>("eval", EvaluationService.Descriptor);
        services.AddPlatformClient<InferenceService.InferenceServiceClient>("inference", InferenceService.Descriptor);
        foreach (var name in ServersClient.Names)
        {
            services.AddPlatformClient<ServerService.ServerServiceClient>(name, ServerService.Descriptor, name);
            services.AddPlatformClient<Health.HealthClient>(
                name, Health.Descriptor, ServersClient.HealthClientOf(name));
        }

        services.AddSingleton<Follower>();
        services.AddTransient<TokenizersClient>();
        services.AddTransient<DatasetsClient>();
        services.AddTransient<RunsClient>();
        services.AddTransient<CurvesAhead>();
        services.AddTransient<SweepsClient>();
        services.AddTransient<ExportsClient>();
        services.AddTransient<EvaluationsClient>();
        services.AddTransient<GenerationClient>();
        services.AddTransient<ServersClient>();
    }
}
