using Microsoft.Extensions.Options;
using Platform.InferenceHost.Generation;
using Platform.InferenceHost.Grpc;
using Platform.InferenceHost.Models;
using Platform.InferenceHost.OpenAi;
using Platform.InferenceHost.Telemetry;
using Platform.Modeling;
using Platform.Models;
using Platform.ServiceDefaults.Server;

namespace Platform.InferenceHost;

/// <summary>What the inference service is made of.</summary>
internal static class InferenceExtensions
{
    /// <summary>Registers everything.</summary>
    public static WebApplicationBuilder AddInference(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<InferenceOptions>().BindConfiguration(InferenceOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InferenceOptions>, InferenceOptionsValidator>();
        services.AddOptions<ServerInfoOptions>().Configure<IOptions<InferenceOptions>>((info, options) =>
        {
            info.ComputesModels = true;
            info.LibtorchVersion = Libtorch.Version;
            info.MaxQueued = options.Value.MaxQueued;
        });
        services.AddSingleton<ModelResolver>();
        services.AddSingleton<InferenceMetrics>();
        services.AddSingleton<GenerationEngine>();
        services.AddSingleton<ModelFactory>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<TextGenerationFactory>();
        services.AddSingleton<PerplexityMeasure>();
        services.AddSingleton<ChatTemplates>();
        services.AddSingleton<BodyMemory>();
        services.AddSingleton<CompletionHandler>();
        services.AddSingleton<ModelsHandler>();
        return builder;
    }

    /// <summary>Maps the service's calls.</summary>
    public static WebApplication MapInference(this WebApplication app)
    {
        app.MapGrpcService<InferenceGrpcService>();
        app.MapGrpcService<VocabularyGrpcService>();
        app.MapOpenAi();
        ModelGauges.Observe(
            app.Services.GetRequiredService<InferenceMetrics>(),
            app.Services.GetRequiredService<ModelRegistry>(),
            app.Services.GetRequiredService<GenerationEngine>());
        return app;
    }
}
