// A service that behaves and misbehaves as AppHost.Tests ask: settings in the section StandIn, per resource name.
using System.Collections;
using System.Runtime.InteropServices;

if (args is ["quickstart", ..])
{
    Console.WriteLine($"stand-in quickstart: {string.Join(' ', args)}");
    return int.Parse(Environment.GetEnvironmentVariable("StandIn__QuickstartExitCode") ?? "0");
}

var name = Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") ?? "alone";
bool Asked(string what) => Environment.GetEnvironmentVariable($"StandIn__{what}") == name;

if (Asked("EndAtStart"))
{
    for (var i = 1; i <= 30; i++)
        Console.WriteLine($"line {i} of {name}");
    return 3;
}

using var deaf = Asked("IgnoreSigterm")
    ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true)
    : null;
var builder = WebApplication.CreateBuilder(args);
if (deaf is not null)
    builder.Services.AddSingleton<IHostLifetime, DeafLifetime>();
var app = builder.Build();
app.MapGet("/health", () => Asked("NeverHealthy") ? Results.StatusCode(503) : Results.Ok());
app.MapGet("/environment", () => Environment.GetEnvironmentVariables()
    .Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value));
app.MapGet("/crash", () => Environment.Exit(42));
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"{name} listens"));
app.Lifetime.ApplicationStopping.Register(() => Console.WriteLine($"{name} stops in order"));

if (Environment.GetEnvironmentVariable("PLATFORM_STOP_ON_STDIN_EOF") == "1")
{
    _ = Task.Run(async () =>
    {
        await Console.OpenStandardInput().CopyToAsync(Stream.Null);
        app.Lifetime.StopApplication();
    });
}

await app.RunAsync();
return 0;

internal sealed class DeafLifetime : IHostLifetime
{
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
