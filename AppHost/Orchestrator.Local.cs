namespace Platform.AppHost;

/// <summary>
/// Where the local runner differs from Aspire, and the third step of the choice between them: (1) UseAspire decides
/// where it is given; (2) else Aspire runs where its SDK is in the NuGet cache; (3) else this flavour was built, and
/// once a day it looks whether Aspire can be had and hands over to it.
/// </summary>
internal static class Orchestrator
{
    private static string s_reason = BuildInfo.OrchestratorReason;

    /// <summary>The first line that the program prints.</summary>
    public static string Announcement =>
        $"Orchestrator: the local runner, because {s_reason}. "
        + "For Aspire: dotnet run --project AppHost -p:UseAspire=true";

    /// <summary>Looks for Aspire where nothing forbids it.</summary>
    /// <returns>The exit code of the Aspire flavour; null: this one is to run.</returns>
    public static async Task<int?> HandOverAsync(string[] args)
    {
        if (s_reason.Length > 0)
            return null;
        var search = new AspireSearch(BuildInfo.AspireUnavailableFile, TimeProvider.System);
        if (search.Forbidden() is { } forbidden)
        {
            s_reason = forbidden;
            return null;
        }

        using var signals = new StopSignals();
        s_reason = await search.RunAsync(signals.Stop) ?? "";
        return s_reason.Length > 0 ? null : await AspireSearch.HandOverAsync(args, signals.Stop);
    }

    /// <summary>The local runner publishes nothing.</summary>
    public static Task<bool> PublishAsync(
        DistributedApplication app, IDistributedApplicationBuilder builder, CancellationToken cancellationToken)
    {
        _ = app;
        _ = builder;
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(false);
    }

    /// <summary>Waits for one service; the runner itself ends the wait where it fails.</summary>
    public static Task WaitUntilHealthyAsync(
        DistributedApplication app, string resource, CancellationToken cancellationToken) =>
        app.ResourceNotifications.WaitForResourceHealthyAsync(resource, cancellationToken);

    /// <summary>Sends the services' log lines to a file; null: to the terminal again.</summary>
    public static void RedirectLogs(DistributedApplication app, string? path) => app.RedirectLogs(path);
}
