using System.CommandLine;
using System.Globalization;
using Platform.Cli.Output;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;

namespace Platform.Cli.Commands;

/// <summary><c>platform eval …</c></summary>
internal static class EvalCommands
{
    public static Command Create()
    {
        var command = new Command("eval", "Grade models.");
        EvalRunCommand.AddTo(command);
        EvalFileCommands.AddTo(command);
        command.AddVerb("list", "List evaluations.", [], ListAsync);
        AddShow(command);
        var name = Ask.Name("evaluations");
        command.AddVerb("cancel", "End an evaluation; what was graded is kept.", [name],
            async (context, cancellationToken) =>
            {
                var response = await context.Clients.Evaluations.CancelEvaluationAsync(
                    new CancelEvaluationRequest { Name = Ask.Full("evaluations", context.Get(name)) },
                    cancellationToken: cancellationToken);
                context.Output.Write(response.Evaluation, () => PrintEnd(context.Output, response.Evaluation));
                return ExitCodes.Ok;
            });
        command.AddVerb("resume", "Go on with an evaluation.", [name], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Evaluations.ResumeEvaluationAsync(
                new ResumeEvaluationRequest { Name = Ask.Full("evaluations", context.Get(name)) },
                cancellationToken: cancellationToken);
            return PrintEnd(context.Output, await Watching.EvaluationAsync(
                context, response.Evaluation.Name, cancellationToken));
        });
        command.AddVerb("delete", "Delete an evaluation.", [name], async (context, cancellationToken) =>
        {
            var full = Ask.Full("evaluations", context.Get(name));
            await context.Clients.Evaluations.DeleteEvaluationAsync(
                new DeleteEvaluationRequest { Name = full }, cancellationToken: cancellationToken);
            context.Output.WriteLine($"Deleted {full}.");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void AddShow(Command command)
    {
        var name = Ask.Name("evaluations");
        var filter = new Option<string?>("--examples")
        {
            Description = "Show items too, those that match, such as 'correct:false margin:>0.5 activity:canoe'.",
        };
        var order = new Option<string?>("--order") { Description = "index, margin or 'margin desc'." };
        var count = new Option<int>("--count", "-n") { Description = "Items at most.", DefaultValueFactory = _ => 10 };
        command.AddVerb("show", "Show an evaluation.", [name, filter, order, count],
            async (context, cancellationToken) =>
            {
                var full = Ask.Full("evaluations", context.Get(name));
                var response = await context.Clients.Evaluations.GetEvaluationAsync(
                    new GetEvaluationRequest { Name = full }, cancellationToken: cancellationToken);
                context.Output.Write(response.Evaluation, () => PrintEnd(context.Output, response.Evaluation));
                if (context.Get(filter) is not { } words)
                    return ExitCodes.Ok;
                var examples = await context.Clients.Evaluations.ListExamplesAsync(
                    new ListExamplesRequest
                    {
                        Evaluation = full,
                        Filter = words,
                        OrderBy = context.Get(order) ?? string.Empty,
                        PageSize = context.Get(count),
                    },
                    cancellationToken: cancellationToken);
                foreach (var example in examples.Examples)
                    context.Output.Write(example, () => PrintExample(context.Output, example));
                return ExitCodes.Ok;
            });
    }

    internal static void PrintExample(CliOutput output, Example example)
    {
        output.WriteLine($"\n{example.Index}: {example.Context}");
        for (var i = 0; i < example.Endings.Count; i++)
        {
            var ending = example.Endings[i];
            var mark = (i == example.Gold ? "right " : "      ")
                + (example.HasPredicted && i == example.Predicted ? "chosen" : "      ");
            var score = ending.HasLogProbabilityPerToken
                ? ending.LogProbabilityPerToken
                : ending.HarnessLogProbability;
            output.WriteLine($"  {mark} {score.ToString("F3", CultureInfo.InvariantCulture)}  {ending.Text}");
        }
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var evaluations = await Pages.AllAsync(async token =>
        {
            var page = await context.Clients.Evaluations.ListEvaluationsAsync(
                new ListEvaluationsRequest { PageToken = token }, cancellationToken: cancellationToken);
            return (page.Evaluations, page.NextPageToken);
        });
        context.Output.WriteTable(
            evaluations,
            ("NAME", e => e.Name),
            ("STATE", e => Figures.Of(e.State)),
            ("MODEL", e => e.ResolvedModel.Length > 0 ? e.ResolvedModel : e.Spec.Model),
            ("TASK", e => e.Spec.Task),
            ("ITEMS", e => Figures.Count(e.ExampleCount)),
            ("FIGURE", e => e.PrimaryMetric),
            ("VALUE", e => e.Metrics.FirstOrDefault(m => m.Name == e.PrimaryMetric) is { } m ? Describe(m) : "–"),
            ("CREATED", e => Figures.Time(e.CreateTime)));
        return ExitCodes.Ok;
    }

    private static string Describe(Metric metric) =>
        string.Create(CultureInfo.InvariantCulture, $"{metric.Value:F4} ± {metric.StandardError:F4}");

    internal static int PrintEnd(CliOutput output, Evaluation evaluation)
    {
        if (evaluation.State != State.Succeeded)
        {
            Ended.Print(output, evaluation.Name, evaluation.State, evaluation.Error);
        }
        else
        {
            output.WriteLine(
                $"{evaluation.Name}: {evaluation.ResolvedModel} on {Figures.Count(evaluation.ExampleCount, "item")}"
                + $" of {evaluation.Spec.Task}");
        }

        if (evaluation.CachedFrom.Length > 0)
            output.WriteLine($"  taken from {evaluation.CachedFrom}; nothing was computed");
        if (evaluation.SkippedCount + evaluation.TruncatedCount > 0)
        {
            output.WriteLine($"  {Figures.Count(evaluation.SkippedCount, "item")} could not be graded; of "
                + $"{Figures.Count(evaluation.TruncatedCount)} the context was cut from the left");
        }

        foreach (var reason in evaluation.SkippedReasons)
            output.WriteLine($"  not graded: {reason}");
        foreach (var metric in evaluation.Metrics)
            output.WriteLine($"  {metric.Name,-20} {Describe(metric)}");
        return evaluation.State == State.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
