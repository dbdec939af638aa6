using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Platform.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs by OpenTelemetry.</summary>
internal static class TelemetryExtensions
{
    /// <summary>Sources and meters of our own begin so.</summary>
    private const string OwnSources = "Platform.*";

    /// <summary>
    /// Collects traces and metrics always; sends them and the logs by OTLP only where
    /// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector. Metrics stand at <c>/metrics</c> too.
    /// </summary>
    public static void AddPlatformTelemetry(this WebApplicationBuilder builder, string service)
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                builder.Configuration["OTEL_SERVICE_NAME"] ?? service, serviceNamespace: "platform"))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(OwnSources)
                // By default an answer is given again for 300 ms;
                // a run that has ended would be told as one that trains.
                .AddPrometheusExporter(options => options.ScrapeResponseCacheDurationMilliseconds = 0))
            .WithTracing(tracing => tracing
                .AddSource(OwnSources)
                .AddAspNetCoreInstrumentation(options => options.Filter = context =>
                    !context.Request.Path.StartsWithSegments(HealthPaths.Health, StringComparison.Ordinal)
                    && !context.Request.Path.StartsWithSegments(HealthPaths.Alive, StringComparison.Ordinal))
                .AddGrpcClientInstrumentation()
                .AddHttpClientInstrumentation());
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            telemetry.UseOtlpExporter();
    }
}
