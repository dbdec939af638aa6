using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Platform.Cli.Commands;
using Platform.Cli.Output;
using Platform.Contracts.Server.V1;
using Platform.Workspaces;

namespace Platform.Cli.Quickstart;

/// <summary>
/// <c>platform quickstart</c>: the whole pipeline through the services, from the bundled corpus to a streamed
/// generation, and quickstart.json in the data root with every stage's seconds and figures.
/// </summary>
internal static class QuickstartCommand
{
    public static void AddTo(Command root) => root.AddVerb(
        "quickstart", "Take a small language model from raw text to streamed generations.", [], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var info = await context.Clients.TokenizerServer.GetServerInfoAsync(
            new GetServerInfoRequest(), cancellationToken: cancellationToken);
        var pipeline = new QuickstartPipeline(context);
        var results = new List<StageResult>();
        var clock = Stopwatch.StartNew();
        foreach (var (name, title, stage) in pipeline.Stages())
        {
            context.Output.WriteLine($"\n{results.Count + 1}. {title}");
            var result = await RunStageAsync(context, name, stage, cancellationToken);
            results.Add(result);
            if (!result.Passed)
            {
                await Console.Error.WriteLineAsync($"error: {result.Error}");
                break;
            }
        }

        var file = Path.Combine(info.DataRoot, "quickstart.json");
        AtomicFile.WriteText(file, JsonSerializer.Serialize(results, WorkspaceJson.Indented) + "\n");
        var passed = results.All(result => result.Passed);
        context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nQuickstart {(passed ? "passed" : "failed")} in {clock.Elapsed.TotalSeconds:F0} s. Figures: {file}"));
        if (context.Clients.Addresses.Dashboard is { } dashboard)
            context.Output.WriteLine($"Look at the run and the sweep: {dashboard}");
        return passed ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<StageResult> RunStageAsync(
        CommandContext context,
        string name,
        Func<JsonObject, CancellationToken, Task> stage,
        CancellationToken cancellationToken)
    {
        var figures = new JsonObject();
        var clock = Stopwatch.StartNew();
        string? error = null;
        try
        {
            await stage(figures, cancellationToken);
        }
        catch (StageException e)
        {
            error = e.Message;
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            error = ErrorText.Describe(e, context.Clients.Addresses);
        }

        return new StageResult(name, Math.Round(clock.Elapsed.TotalSeconds, 2), error is null, error, figures);
    }
}
