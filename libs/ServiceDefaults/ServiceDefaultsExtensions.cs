using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Platform.Hub;
using Platform.ServiceDefaults.Errors;
using Platform.ServiceDefaults.Hosting;
using Platform.ServiceDefaults.Security;
using Platform.ServiceDefaults.Server;
using Platform.ServiceDefaults.Telemetry;
using Platform.Workspaces;

namespace Platform.ServiceDefaults;

/// <summary>What every service of the platform has: one call before and one after the application is built.</summary>
public static class ServiceDefaultsExtensions
{
    private const string LiveTag = "live";

    /// <summary>
    /// Options, data root, telemetry, health, service discovery, gRPC with the error interceptor and limits, the API
    /// key, the host filter, and stopping with the AppHost.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="service">The service's short name: tokenizer, trainer, eval, inference, dashboard.</param>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        var services = builder.Services;
        services.AddOptions<PlatformOptions>().BindConfiguration(PlatformOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PlatformOptions>, PlatformOptionsValidator>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<PlatformOptions>>().Value;
            return new DataRoot(options.DataRoot, options.StateDir);
        });
        services.AddSingleton(provider => new PathPolicy(
            [.. provider.GetRequiredService<IOptions<PlatformOptions>>().Value.AllowedPaths,
                provider.GetRequiredService<DataRoot>().Path]));
        services.AddSingleton(provider => new HubClient(
            HubOptions.FromEnvironment(provider.GetRequiredService<DataRoot>().Hub)));
        services.AddSingleton(TimeProvider.System);

        builder.AddPlatformTelemetry(service);
        services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        services.AddServiceDiscovery();

        services.AddGrpc(ConfigureGrpc);
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks().AddCheck("grpc", () => HealthCheckResult.Healthy());
        services.Configure<ServerInfoOptions>(options => options.Service = service);
        services.AddSingleton<DiskUse>();

        builder.WebHost.ConfigureKestrel(KestrelLimits.Apply);
        services.AddOptions<HostFilteringOptions>().Configure<IOptions<PlatformOptions>>((filter, options) =>
            filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]", .. options.Value.AllowedHosts]);
        services.AddHostedService<BindingGuard>();
        services.AddHostedService<StandardInputWatcher>();
        return builder;
    }

    /// <summary>
    /// The API key's check, <c>/health</c>, <c>/alive</c>, <c>/metrics</c>, gRPC health and reflection, ServerService.
    /// Call it before mapping the service's own calls.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.UseMiddleware<UnreadableRequestMiddleware>();
        app.UseMiddleware<ApiKeyMiddleware>();
        app.MapHealthChecks(HealthPaths.Health);
        app.MapHealthChecks(
            HealthPaths.Alive, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) });
        app.MapPrometheusScrapingEndpoint();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        app.MapGrpcService<ServerGrpcService>();
        return app;
    }

    private static void ConfigureGrpc(GrpcServiceOptions options)
    {
        options.Interceptors.Add<ErrorInterceptor>();
        options.MaxReceiveMessageSize = PlatformLimits.MaxMessageBytes;
        options.MaxSendMessageSize = PlatformLimits.MaxMessageBytes;
        options.EnableDetailedErrors = false;
    }
}
