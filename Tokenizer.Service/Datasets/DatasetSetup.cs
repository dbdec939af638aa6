using Microsoft.Extensions.Options;
using Platform.ServiceDefaults.Server;
using Platform.TokenizerHost.Grpc;
using Platform.TokenizerHost.Jobs;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Data sets and uploads: their parts and their calls.</summary>
internal static class DatasetSetup
{
    public static WebApplicationBuilder AddDatasets(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<UploadOptions>().BindConfiguration(UploadOptions.Section)
            .Validate(options => options.MaxBytes > 0, "Uploads:MaxBytes must be above 0.").ValidateOnStart();
        services.AddOptions<PreparationOptions>().BindConfiguration(PreparationOptions.Section)
            .Validate(
                options => options.CheckpointInterval > TimeSpan.Zero,
                "Preparation:CheckpointInterval must be above 0.")
            .ValidateOnStart();
        services.AddOptions<ServerInfoOptions>().Configure<IOptions<UploadOptions>>((info, uploads) =>
        {
            info.MaxUploadBytes = uploads.Value.MaxBytes;
            info.MaxQueued = JobQueue<DatasetPreparation>.MaxQueued;
        });
        services.AddSingleton<InputFiles>();
        services.AddSingleton<ResourceUsers>();
        services.AddSingleton<UploadStore>();
        services.AddHostedService(provider => provider.GetRequiredService<UploadStore>());
        services.AddJobQueue<DatasetPreparation>();
        return builder;
    }

    public static WebApplication MapDatasets(this WebApplication app)
    {
        app.MapGrpcService<DatasetGrpcService>();
        return app;
    }
}
