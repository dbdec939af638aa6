using Microsoft.Extensions.Options;
using Platform.ServiceDefaults.Server;
using Platform.TrainerHost.Estimates;
using Platform.TrainerHost.Export;
using Platform.TrainerHost.Grpc;
using Platform.TrainerHost.Index;
using Platform.TrainerHost.Metrics;
using Platform.TrainerHost.Queue;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Sweeps;
using Platform.TrainerHost.Sweeps.Figures;
using Platform.TrainerHost.Telemetry;

namespace Platform.TrainerHost;

/// <summary>What Trainer.Service is made of.</summary>
internal static class TrainerExtensions
{
    private static readonly TimeSpan s_afterWorkers = TimeSpan.FromSeconds(10);

    public static WebApplicationBuilder AddTrainer(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<TrainerOptions>()
            .BindConfiguration(TrainerOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<HostOptions>().Configure<IOptions<TrainerOptions>>((host, trainer) =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(trainer.Value.StopSeconds) + s_afterWorkers);
        services.AddOptions<ServerInfoOptions>().Configure<IOptions<TrainerOptions>>((info, trainer) =>
        {
            info.ComputesModels = true;
            info.MaxQueued = trainer.Value.MaxQueuedRuns;
        });

        services.AddSingleton<RunIndex>();
        services.AddSingleton<RunChanges>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<BaseModelResolver>();
        services.AddSingleton<RunCreation>();
        services.AddSingleton<SpeedMemory>();
        services.AddSingleton<RunEstimator>();
        services.AddSingleton<RunFollower>();
        services.AddSingleton<RunListFollower>();
        services.AddSingleton<RunPageFollower>();
        services.AddSingleton<MetricsCache>();
        services.AddSingleton<PendingRuns>();
        services.AddSingleton<TrainingInstruments>();
        services.AddSingleton<WorkerLauncher>();
        services.AddSingleton<ModelExporter>();
        services.AddSingleton<SweepStore>();
        services.AddSingleton<SweepPlanner>();
        services.AddSingleton<SweepFollower>();
        services.AddSingleton<SweepFigures>();
        services.AddSingleton<SweepWinner>();
        services.AddSingleton<TrialRuns>();

        // The queue first: it reads the run folders, which sweeps are made of.
        services.AddSingleton<RunQueue>();
        services.AddHostedService(provider => provider.GetRequiredService<RunQueue>());
        services.AddSingleton<SweepController>();
        services.AddHostedService(provider => provider.GetRequiredService<SweepController>());
        return builder;
    }

    public static WebApplication MapTrainer(this WebApplication app)
    {
        // Nobody asks for it; it is asked by those that collect.
        app.Services.GetRequiredService<TrainingInstruments>();
        app.MapGrpcService<RunGrpcService>();
        app.MapGrpcService<SweepGrpcService>();
        app.MapGrpcService<ExportGrpcService>();
        return app;
    }
}
