using Microsoft.Extensions.Options;
using Platform.EvalHost.Evaluations;
using Platform.EvalHost.Grpc;
using Platform.Modeling;
using Platform.Models;
using Platform.ServiceDefaults.Server;

namespace Platform.EvalHost;

/// <summary>What the evaluation service is made of. Nothing of it loads libtorch; its workers do.</summary>
internal static class EvalExtensions
{
    /// <summary>Registers everything.</summary>
    public static WebApplicationBuilder AddEval(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<EvalOptions>().BindConfiguration(EvalOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EvalOptions>, EvalOptionsValidator>();
        services.AddOptions<ServerInfoOptions>().Configure<IOptions<EvalOptions>>((info, options) =>
        {
            info.ComputesModels = true;
            info.LibtorchVersion = Libtorch.Version;
            info.MaxQueued = options.Value.MaxQueued;
        });
        services.AddSingleton<ModelResolver>();
        services.AddSingleton<ItemsResolver>();
        services.AddSingleton<ModelFingerprint>();
        services.AddSingleton<EvaluationStore>();
        services.AddSingleton<EvaluationFactory>();
        services.AddSingleton<EvaluationRunner>();
        services.AddHostedService(provider => provider.GetRequiredService<EvaluationRunner>());
        return builder;
    }

    /// <summary>Maps the service's calls.</summary>
    public static WebApplication MapEval(this WebApplication app)
    {
        app.MapGrpcService<EvaluationGrpcService>();
        return app;
    }
}
