using Platform.AppHost;

try
{
    if (args.Contains("-h") || args.Contains("--help"))
    {
        Console.WriteLine(SuiteOptions.Help);
        return 0;
    }

    var options = SuiteOptions.Parse(args);
    return await Orchestrator.HandOverAsync(args) ?? await SuiteRun.RunAsync(options);
}
catch (OperationCanceledException)
{
    return 130; // Ctrl-C before the suite was up; 128 + SIGINT, as shells have it.
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when (e is SuiteException or DistributedApplicationException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
