using System.CommandLine;
using Platform.Cli.Output;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.Cli.Commands;

/// <summary><c>platform sweep winner</c>: the best trial, and what a sweep was made for.</summary>
internal static class SweepWinnerCommand
{
    public static void AddTo(Command command)
    {
        var name = Ask.Name("sweeps");
        var dataset = new Option<string?>("--dataset")
        {
            Description = "The best on this data set (default: over all).",
        };
        var export = new Option<bool>("--export") { Description = "Write its adapter as PEFT's files below exports/." };
        var merge = new Option<bool>("--merge")
        {
            Description = "Write base and adapter as one model, in Hugging Face's files below exports/.",
        };
        var evaluate = new Option<string?>("--evaluate")
        {
            Description = "Grade it on these items: a file here, datasets/ID, uploads/ID or path:/on/the/server.",
            HelpName = "ITEMS",
        };
        var task = new Option<string?>("--task") { Description = "With --evaluate: the task (eval tasks)." };
        var serve = new Option<bool>("--serve") { Description = "Load it into the inference service." };
        command.AddVerb(
            "winner",
            "The best trial; export, merge, evaluate or serve it.",
            [name, dataset, export, merge, evaluate, task, serve],
            async (context, cancellationToken) =>
            {
                var winner = await context.Clients.Sweeps.GetSweepWinnerAsync(
                    new GetSweepWinnerRequest
                    {
                        Name = Ask.Full("sweeps", context.Get(name)),
                        Dataset = context.Get(dataset) is { } wanted ? Ask.Full("datasets", wanted) : string.Empty,
                    },
                    cancellationToken: cancellationToken);
                context.Output.Write(winner, () => context.Output.WriteLine(
                    $"{winner.Model}: {SweepCommands.Describe(winner.Best.Settings)} at "
                    + $"{Figures.Loss(winner.Best.Objective)} (trial {winner.Best.Trial})."));
                if (context.Get(export))
                    await ExportAsync(context, winner.Model, ExportFormat.Peft, cancellationToken);
                if (context.Get(merge))
                    await ExportAsync(context, winner.Model, ExportFormat.HuggingFace, cancellationToken);
                if (context.Get(serve))
                {
                    await ModelCommands.LoadAsync(
                        context, new LoadModelRequest { Name = winner.Model }, cancellationToken);
                }

                if (context.Get(evaluate) is not { } items)
                    return ExitCodes.Ok;
                var spec = new EvaluationSpec { Model = winner.Model, Task = context.Get(task) ?? string.Empty };
                spec.Items = (await Uploads.ResolveAsync(context, [items], cancellationToken))[0];
                return await EvalRunCommand.StartAsync(
                    context, new CreateEvaluationRequest { Spec = spec }, detach: false, cancellationToken);
            });
    }

    private static Task ExportAsync(
        CommandContext context, string model, ExportFormat format, CancellationToken cancellationToken) =>
        ModelCommands.ExportAsync(
            context, new ExportModelRequest { Model = model, Format = format }, cancellationToken);
}
