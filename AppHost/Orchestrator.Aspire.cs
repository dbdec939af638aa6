using Microsoft.Extensions.DependencyInjection;

namespace Platform.AppHost;

/// <summary>Where Aspire differs from the local runner. See Orchestrator.Local.cs for the other one.</summary>
internal static class Orchestrator
{
    // Aspire starts its own parts first, and fetches nothing: what it needs came with the restore.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private const int LastLines = 20;

    /// <summary>The first line that the program prints.</summary>
    public static string Announcement =>
        $"Orchestrator: Aspire {BuildInfo.AspireVersion}, because {BuildInfo.OrchestratorReason}. "
        + "For the local runner: UseAspire=false dotnet run --project AppHost";

    /// <summary>Nothing to hand over to: this is Aspire.</summary>
    public static Task<int?> HandOverAsync(string[] args)
    {
        _ = args;
        return Task.FromResult<int?>(null);
    }

    /// <summary>Writes manifests and deployments instead of running, where the arguments say so.</summary>
    public static async Task<bool> PublishAsync(
        DistributedApplication app, IDistributedApplicationBuilder builder, CancellationToken cancellationToken)
    {
        if (builder.ExecutionContext.IsRunMode)
            return false;
        await app.RunAsync(cancellationToken);
        return true;
    }

    /// <summary>Waits for one service; after two minutes its last log lines end the suite.</summary>
    public static async Task WaitUntilHealthyAsync(
        DistributedApplication app, string resource, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_patience);
        try
        {
            // A service that ended is an error at once, not after the whole wait.
            await app.ResourceNotifications.WaitForResourceHealthyAsync(
                resource, WaitBehavior.StopOnResourceUnavailable, timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var lines = new List<string>();
            var logs = app.Services.GetRequiredService<ResourceLoggerService>();
            await foreach (var batch in logs.GetAllAsync(resource).WithCancellation(cancellationToken))
                lines.AddRange(batch.Select(line => $"  {resource} | {line.Content}"));
            throw new SuiteException(
                $"{resource} was not healthy in {s_patience.TotalSeconds:0} s. Its last lines:{Environment.NewLine}"
                + string.Join(Environment.NewLine, lines.TakeLast(LastLines)));
        }
    }

    /// <summary>Aspire keeps the services' logs to its dashboard.</summary>
    public static void RedirectLogs(DistributedApplication app, string? path)
    {
        _ = app;
        _ = path;
    }
}
