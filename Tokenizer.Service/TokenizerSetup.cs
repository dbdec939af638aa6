using Platform.TokenizerHost.Grpc;
using Platform.TokenizerHost.Jobs;
using Platform.TokenizerHost.Tokenizers;

namespace Platform.TokenizerHost;

/// <summary>Tokenizers: their services and their calls.</summary>
internal static class TokenizerSetup
{
    public static WebApplicationBuilder AddTokenizers(this WebApplicationBuilder builder)
    {
        builder.Services.AddJobQueue<TokenizerTraining>();
        builder.Services.AddSingleton<TokenizerCatalog>();
        builder.Services.AddSingleton<TrainingText>();
        builder.Services.AddSingleton<ImportFiles>();
        builder.Services.AddSingleton<TextMeasures>();
        return builder;
    }

    public static WebApplication MapTokenizers(this WebApplication app)
    {
        app.MapGrpcService<TokenizerGrpcService>();
        return app;
    }
}
