namespace Platform.AppHost;

/// <summary>One life of the suite: lock, start, wait until healthy, perhaps the quickstart, wait, stop.</summary>
internal sealed class SuiteRun(SuiteOptions options, StopSignals signals)
{
    private const int InterruptedExitCode = 130; // 128 + SIGINT, as shells have it

    /// <summary>The exit code of the program.</summary>
    public static async Task<int> RunAsync(SuiteOptions options)
    {
        using var signals = new StopSignals();
        Console.WriteLine(Orchestrator.Announcement);
        var builder = DistributedApplication.CreateBuilder(options.OrchestratorArguments);
        var services = builder.AddSuite(options);
        options.Ports.CheckNames(services.SelectMany(
            s => s.Resource.GetEndpoints().Select(e => $"{s.Resource.Name}:{e.EndpointName}")));
        await using var app = builder.Build();
        if (await Orchestrator.PublishAsync(app, builder, signals.Stop))
            return 0;
        return await new SuiteRun(options, signals).RunAsync(app, services);
    }

    private async Task<int> RunAsync(
        DistributedApplication app, IReadOnlyList<IResourceBuilder<ProjectResource>> services)
    {
        using var suiteLock = SuiteLock.Take(options.DataRoot);
        using var suiteFile = new SuiteFile(options.DataRoot);
        suiteFile.Dispose(); // One that a killed suite left behind would mislead until this one is healthy.
        try
        {
            await app.StartAsync(signals.Stop);
            await WaitUntilHealthyAsync(app, services);
            suiteFile.Write(services);
            var dashboard = services[^1].GetEndpoint("http").Url;
            Console.WriteLine($"Data root: {options.DataRoot}");
            Console.WriteLine($"Dashboard: {dashboard}");

            var exitCode = options.Quickstart ? await QuickstartAsync(app, suiteFile.FullName) : 0;
            if (!options.Exit)
                await UntilStoppedAsync();
            return exitCode;
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            return InterruptedExitCode; // Before everything was healthy.
        }
        finally
        {
            await app.StopAsync(signals.Kill);
        }
    }

    private async Task WaitUntilHealthyAsync(
        DistributedApplication app, IReadOnlyList<IResourceBuilder<ProjectResource>> services)
    {
        var waits = services.Select(s => Orchestrator.WaitUntilHealthyAsync(app, s.Resource.Name, signals.Stop));
        // The first that fails ends the wait: the others may take a minute yet.
        await foreach (var wait in Task.WhenEach(waits))
            await wait;
    }

    private async Task<int> QuickstartAsync(DistributedApplication app, string suiteFile)
    {
        var log = Path.Combine(options.DataRoot, "suite.log");
        Console.WriteLine($"Quickstart; meanwhile the services' log lines go to {log}");
        Orchestrator.RedirectLogs(app, log);
        var exitCode = await Quickstart.RunAsync(suiteFile, options.DataRoot, signals.Stop);
        Orchestrator.RedirectLogs(app, null);
        if (signals.Stop.IsCancellationRequested)
            return InterruptedExitCode;
        Console.WriteLine(exitCode == 0
            ? "Quickstart: every stage passed."
            : $"Quickstart: failed (exit code {exitCode}); the services' log lines are in {log}");
        if (!options.Exit)
            Console.WriteLine("The suite goes on; Ctrl-C stops it.");
        return exitCode;
    }

    private async Task UntilStoppedAsync()
    {
        var stopped = new TaskCompletionSource();
        await using (signals.Stop.Register(stopped.SetResult))
            await stopped.Task;
    }
}
