using System.CommandLine;
using Platform.Contracts.Eval.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform eval run</c> and <c>eval tasks</c></summary>
internal static class EvalRunCommand
{
    public static void AddTo(Command command)
    {
        AddRun(command);
        command.AddVerb("tasks", "List the tasks that are built in.", [], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Evaluations.ListTasksAsync(
                new ListTasksRequest(), cancellationToken: cancellationToken);
            context.Output.WriteTable(
                response.Tasks,
                ("TASK", task => task.Name),
                ("FIGURE", task => task.PrimaryMetric),
                ("VERSION", task => $"{task.Version}"),
                ("ASKS", task => task.Description));
            return ExitCodes.Ok;
        });
    }

    private static void AddRun(Command command)
    {
        var spec = Ask.SpecFile();
        var model = new Option<string?>("--model")
        {
            Description = "runs/ID, runs/ID@STEP, runs/ID@best, path:FOLDER or hf:REPOSITORY.",
        };
        var task = new Option<string?>("--task")
        {
            Description = "A task's name (eval tasks), or a YAML file here that defines one; hellaswag by default.",
        };
        var items = new Option<string?>("--items")
        {
            Description = "A file here (it is uploaded), datasets/ID, uploads/ID, path:/on/the/server; of the hub"
                + " hf:datasets/OWNER/NAME/FILE or catalog:NAME.",
        };
        var limit = new Option<int?>("--limit") { Description = "Grade the first so many only." };
        var shots = new Option<int?>("--shots") { Description = "Examples with their answers before each item." };
        var shotItems = new Option<string?>("--shot-items")
        {
            Description = "Where examples come from, as --items; the items themselves by default.",
        };
        var stride = new Option<int?>("--stride") { Description = "perplexity: tokens by which the window moves on." };
        var recompute = new Option<bool>("--recompute") { Description = "Grade anew what was graded before." };
        var (id, displayName, set, detach) = (Ask.Id(), Ask.DisplayName(), Ask.Set(), Ask.Detach());
        command.AddVerb(
            "run",
            "Grade a model.",
            [spec, model, task, items, limit, shots, shotItems, stride, recompute, id, displayName, set, detach],
            async (context, cancellationToken) =>
            {
                var request = new CreateEvaluationRequest
                {
                    EvaluationId = context.Get(id) ?? string.Empty,
                    DisplayName = context.Get(displayName) ?? string.Empty,
                    Recompute = context.Get(recompute),
                    Spec = new EvaluationSpec(),
                };
                if (context.Get(spec) is { } file)
                    SpecFile.ReadInto(request.Spec, file);
                if (context.Get(model) is { } modelName)
                    request.Spec.Model = Ask.Full("runs", modelName);
                if (context.Get(task) is { } taskName)
                    SetTask(request.Spec, taskName);
                if (context.Get(limit) is { } count)
                    request.Spec.Limit = count;
                if (context.Get(shots) is { } examples)
                    request.Spec.Shots = examples;
                if (context.Get(stride) is { } tokens)
                    request.Spec.Stride = tokens;
                foreach (var assignment in context.Get(set) ?? [])
                    SpecAssignment.Apply(request.Spec, assignment);
                if (context.Get(items) is { } source)
                    request.Spec.Items = await ResolveAsync(context, source, cancellationToken);
                if (context.Get(shotItems) is { } shotSource)
                    request.Spec.ShotItems = await ResolveAsync(context, shotSource, cancellationToken);
                return await StartAsync(context, request, context.Get(detach), cancellationToken);
            });
    }

    internal static async Task<int> StartAsync(
        CommandContext context, CreateEvaluationRequest request, bool detach, CancellationToken cancellationToken)
    {
        var created = await context.Clients.Evaluations.CreateEvaluationAsync(
            request, cancellationToken: cancellationToken);
        var evaluation = created.Evaluation;
        if (created.Cached)
        {
            context.Output.Write(evaluation, () =>
            {
                context.Output.WriteLine(
                    "The same model, items and settings were graded before; nothing was computed (--recompute does).");
                EvalCommands.PrintEnd(context.Output, evaluation);
            });
            return ExitCodes.Ok;
        }

        if (detach)
        {
            context.Output.Write(evaluation, () => context.Output.WriteLine($"{evaluation.Name} is queued."));
            return ExitCodes.Ok;
        }

        return EvalCommands.PrintEnd(
            context.Output, await Watching.EvaluationAsync(context, evaluation.Name, cancellationToken));
    }

    private static void SetTask(EvaluationSpec spec, string task)
    {
        if (!task.EndsWith(".yaml", StringComparison.Ordinal) && !task.EndsWith(".yml", StringComparison.Ordinal))
        {
            spec.Task = task;
            return;
        }

        try
        {
            (spec.Task, spec.TaskYaml) = (string.Empty, File.ReadAllText(task));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException($"The task cannot be read: {e.Message}");
        }
    }

    private static async Task<string> ResolveAsync(
        CommandContext context, string source, CancellationToken cancellationToken) =>
        (await Uploads.ResolveAsync(context, [source], cancellationToken))[0];
}
