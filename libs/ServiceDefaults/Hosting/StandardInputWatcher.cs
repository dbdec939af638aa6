using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Platform.ServiceDefaults.Hosting;

/// <summary>
/// Stops the service in order when its standard input ends, where <see cref="Variable"/> is 1: the AppHost keeps the
/// other end of that pipe, so it ends however the AppHost dies.
/// </summary>
internal sealed partial class StandardInputWatcher(
    IHostApplicationLifetime lifetime, ILogger<StandardInputWatcher> logger) : BackgroundService
{
    public const string Variable = "PLATFORM_STOP_ON_STDIN_EOF";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (Environment.GetEnvironmentVariable(Variable) != "1")
            return;
        await Task.Yield();
        using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        // A read of a pipe cannot be cancelled; it waits on a thread of its own and is left behind at the end.
        var reading = Task.Factory.StartNew(
            () =>
            {
                while (input.Read(buffer) > 0)
                {
                    // What stands in the pipe means nothing; only its end does.
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await Task.WhenAny(reading, Task.Delay(Timeout.Infinite, stoppingToken));
        if (stoppingToken.IsCancellationRequested)
            return;
        LogInputEnded();
        lifetime.StopApplication();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The AppHost has gone; stopping.")]
    private partial void LogInputEnded();
}
