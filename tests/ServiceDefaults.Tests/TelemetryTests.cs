using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Platform.Contracts.Server.V1;

namespace Platform.ServiceDefaults.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Call_CollectorIsNamed_GetsTracesMetricsAndLogs()
    {
        var received = new ConcurrentDictionary<string, long>();
        await using var collector = await StartCollectorAsync(received);
        await using (var service = await TestService.StartAsync(
            null,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.Single()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")))
        {
            using var channel = service.CreateChannel();
            await new ServerService.ServerServiceClient(channel).GetServerInfoAsync(
                new GetServerInfoRequest(), cancellationToken: TestContext.Current.CancellationToken);
        }

        // What was collected is sent at the latest when the service ends.
        Assert.Equal(["/v1/logs", "/v1/metrics", "/v1/traces"], received.Keys.Order(StringComparer.Ordinal));
        Assert.All(received.Values, bytes => Assert.True(bytes > 0));
    }

    private static async Task<WebApplication> StartCollectorAsync(ConcurrentDictionary<string, long> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            received.AddOrUpdate(context.Request.Path, body.Length, (_, bytes) => bytes + body.Length);
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }
}
