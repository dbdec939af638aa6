using System.CommandLine;
using System.Globalization;
using Platform.Cli.Output;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform eval …</c></summary>
internal static class EvalCommands
{
    public static Command Create()
    {
        var command = new Command("eval", "Grade models.");
        AddRun(command);
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

    private static void AddRun(Command command)
    {
        var spec = Ask.SpecFile();
        var model = new Option<string?>("--model") { Description = "runs/ID, runs/ID@STEP, runs/ID@best or path:FOLDER." };
        var items = new Option<string?>("--items")
        {
            Description = "A HellaSwag jsonl here (it is uploaded), datasets/ID, uploads/ID or path:/on/the/server.",
        };
        var limit = new Option<int?>("--limit") { Description = "Grade the first so many only." };
        var (id, displayName, set, detach) = (Ask.Id(), Ask.DisplayName(), Ask.Set(), Ask.Detach());
        command.AddVerb(
            "run",
            "Grade a model.",
            [spec, model, items, limit, id, displayName, set, detach],
            async (context, cancellationToken) =>
            {
                var request = new CreateEvaluationRequest
                {
                    EvaluationId = context.Get(id) ?? string.Empty,
                    DisplayName = context.Get(displayName) ?? string.Empty,
                    Spec = new EvaluationSpec { Task = "hellaswag" },
                };
                if (context.Get(spec) is { } file)
                    SpecFile.ReadInto(request.Spec, file);
                if (context.Get(model) is { } modelName)
                    request.Spec.Model = Ask.Full("runs", modelName);
                if (context.Get(limit) is { } count)
                    request.Spec.Limit = count;
                foreach (var assignment in context.Get(set) ?? [])
                    SpecAssignment.Apply(request.Spec, assignment);
                if (context.Get(items) is { } source)
                    request.Spec.Items = (await Uploads.ResolveAsync(context, [source], cancellationToken))[0];
                var created = await context.Clients.Evaluations.CreateEvaluationAsync(
                    request, cancellationToken: cancellationToken);
                if (context.Get(detach))
                {
                    context.Output.Write(
                        created.Evaluation, () => context.Output.WriteLine($"{created.Evaluation.Name} is queued."));
                    return ExitCodes.Ok;
                }

                return PrintEnd(context.Output, await Watching.EvaluationAsync(
                    context, created.Evaluation.Name, cancellationToken));
            });
    }

    private static void AddShow(Command command)
    {
        var name = Ask.Name("evaluations");
        var filter = new Option<string?>("--examples")
        {
            Description = "Show items too, those that match, such as 'correct:false'.",
        };
        var count = new Option<int>("--count", "-n") { Description = "Items at most.", DefaultValueFactory = _ => 10 };
        command.AddVerb("show", "Show an evaluation.", [name, filter, count], async (context, cancellationToken) =>
        {
            var full = Ask.Full("evaluations", context.Get(name));
            var response = await context.Clients.Evaluations.GetEvaluationAsync(
                new GetEvaluationRequest { Name = full }, cancellationToken: cancellationToken);
            context.Output.Write(response.Evaluation, () => PrintEnd(context.Output, response.Evaluation));
            if (context.Get(filter) is not { } words)
                return ExitCodes.Ok;
            var examples = await context.Clients.Evaluations.ListExamplesAsync(
                new ListExamplesRequest { Evaluation = full, Filter = words, PageSize = context.Get(count) },
                cancellationToken: cancellationToken);
            foreach (var example in examples.Examples)
                context.Output.Write(example, () => PrintExample(context.Output, example));
            return ExitCodes.Ok;
        });
    }

    private static void PrintExample(CliOutput output, Example example)
    {
        output.WriteLine($"\n{example.Index}: {example.Context}");
        for (var i = 0; i < example.Endings.Count; i++)
        {
            var mark = (i == example.Gold ? "right " : "      ") + (i == example.Predicted ? "chosen" : "      ");
            var score = example.Endings[i].LogProbabilityPerToken.ToString("F3", CultureInfo.InvariantCulture);
            output.WriteLine($"  {mark} {score}  {example.Endings[i].Text}");
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
            ("ACC_NORM", e => e.Metrics.FirstOrDefault(m => m.Name == "acc_norm") is { } m ? Describe(m) : "–"),
            ("CREATED", e => Figures.Time(e.CreateTime)));
        return ExitCodes.Ok;
    }

    private static string Describe(Metric metric) =>
        string.Create(CultureInfo.InvariantCulture, $"{metric.Value:F4} ± {metric.StandardError:F4}");

    private static int PrintEnd(CliOutput output, Evaluation evaluation)
    {
        if (evaluation.State != State.Succeeded)
            Ended.Print(output, evaluation.Name, evaluation.State, evaluation.Error);
        else
            output.WriteLine($"{evaluation.Name}: {evaluation.ResolvedModel} on {Figures.Count(evaluation.ExampleCount)} items of {evaluation.Spec.Task}");
        foreach (var metric in evaluation.Metrics)
            output.WriteLine($"  {metric.Name,-20} {Describe(metric)}");
        return evaluation.State == State.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
