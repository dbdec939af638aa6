using System.CommandLine;
using System.Globalization;
using Platform.Cli.Output;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform run …</c></summary>
internal static class RunCommands
{
    public static Command Create()
    {
        var command = new Command("run", "Train models.");
        AddCreate(command);
        AddEstimate(command);
        AddList(command);
        var name = Ask.Name("runs");
        command.AddVerb("show", "Show one run.", [name], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Runs.GetRunAsync(
                new GetRunRequest { Name = Ask.Full("runs", context.Get(name)) }, cancellationToken: cancellationToken);
            context.Output.WriteJson(response.Run);
            return ExitCodes.Ok;
        });
        var log = new Option<bool>("--log") { Description = "Print the run's log as it grows." };
        command.AddVerb("watch", "Follow a run until it ends.", [name, log], async (context, cancellationToken) =>
        {
            var run = await Watching.RunAsync(
                context, Ask.Full("runs", context.Get(name)), context.Get(log), cancellationToken);
            return PrintEnd(context.Output, run);
        });
        command.AddVerb("cancel", "End a run: it writes a checkpoint and stops. Twice: at once.", [name],
            async (context, cancellationToken) =>
            {
                var response = await context.Clients.Runs.CancelRunAsync(
                    new CancelRunRequest { Name = Ask.Full("runs", context.Get(name)) },
                    cancellationToken: cancellationToken);
                context.Output.Write(
                    response.Run,
                    () => context.Output.WriteLine($"{response.Run.Name} is {Figures.Of(response.Run.State)}."));
                return ExitCodes.Ok;
            });
        AddResume(command);
        AddTag(command);
        command.AddVerb("delete", "Delete a run that has ended.", [name], async (context, cancellationToken) =>
        {
            var full = Ask.Full("runs", context.Get(name));
            await context.Clients.Runs.DeleteRunAsync(
                new DeleteRunRequest { Name = full }, cancellationToken: cancellationToken);
            context.Output.WriteLine($"Deleted {full}.");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void AddCreate(Command command)
    {
        var asked = new AskedSpec();
        var tags = new Option<string[]>("--tag") { Description = "A word for filtering; may be given often." };
        var force = new Option<bool>("--force") { Description = "Make it even where memory will not suffice." };
        var check = new Option<bool>("--check") { Description = "Only check the spec and print it with its defaults." };
        var (id, displayName, detach) = (Ask.Id(), Ask.DisplayName(), Ask.Detach());
        command.AddVerb(
            "create",
            "Queue a run and follow it.",
            [.. asked.Symbols, tags, check, force, id, displayName, detach],
            async (context, cancellationToken) =>
            {
                var request = new CreateRunRequest
                {
                    RunId = context.Get(id) ?? string.Empty,
                    DisplayName = context.Get(displayName) ?? string.Empty,
                    Tags = { context.Get(tags) ?? [] },
                    Spec = asked.Read(context),
                    ValidateOnly = context.Get(check),
                    Force = context.Get(force),
                };
                var created = await context.Clients.Runs.CreateRunAsync(request, cancellationToken: cancellationToken);
                if (request.ValidateOnly)
                {
                    context.Output.Write(
                        created.Run.Spec, () => context.Output.WriteLine(SpecWriter.Write(created.Run.Spec).TrimEnd()));
                    return ExitCodes.Ok;
                }

                if (context.Get(detach))
                {
                    context.Output.Write(
                        created.Run, () => context.Output.WriteLine($"{created.Run.Name} is queued."));
                    return ExitCodes.Ok;
                }

                var run = await Watching.RunAsync(context, created.Run.Name, showLog: false, cancellationToken);
                return PrintEnd(context.Output, run);
            });
    }

    private static void AddEstimate(Command command)
    {
        var asked = new AskedSpec();
        command.AddVerb(
            "estimate",
            "What a run would take: parameters, memory, computation, time. Makes nothing.",
            asked.Symbols,
            async (context, cancellationToken) =>
            {
                var response = await context.Clients.Runs.EstimateRunAsync(
                    new EstimateRunRequest { Spec = asked.Read(context) }, cancellationToken: cancellationToken);
                var estimate = response.Estimate;
                context.Output.Write(estimate, () => Print(context.Output, estimate));
                return estimate.ExceedsMemory ? ExitCodes.Failed : ExitCodes.Ok;
            });
    }

    private static void Print(CliOutput output, RunEstimate estimate)
    {
        output.WriteLine(
            $"parameters   {Figures.Count(estimate.ParameterCount)}, {Figures.Count(estimate.TrainableParameterCount)} "
            + "of them train");
        output.WriteLine(
            $"memory       {Figures.Bytes(estimate.MemoryBytes)}: weights {Figures.Bytes(estimate.WeightBytes)}, "
            + $"gradients {Figures.Bytes(estimate.GradientBytes)}, optimizer {Figures.Bytes(estimate.OptimizerBytes)}, "
            + $"activations {Figures.Bytes(estimate.ActivationBytes)}, "
            + $"programs {Figures.Bytes(estimate.ProcessBytes)}");
        if (estimate.HasAvailableMemoryBytes)
        {
            output.WriteLine(
                $"             there are {Figures.Bytes(estimate.AvailableMemoryBytes)}"
                + (estimate.ExceedsMemory ? ": too little; run create needs --force" : ""));
        }

        output.WriteLine(
            $"computation  {Figures.Number(estimate.FlopsPerStep)} FLOPs a step, {Figures.Number(estimate.Flops)} in "
            + $"{Figures.Count(estimate.Steps, "step")} of {Figures.Count(estimate.TokensPerStep)} tokens");
        output.WriteLine(
            $"time         {Figures.Seconds(estimate.Seconds)}, {Figures.Number(estimate.StepSeconds)} s a step, "
            + (estimate.SpeedBasis == SpeedBasis.EarlierRun ? $"by {estimate.SpeedRun}" : "assumed: no run to go by"));
        output.WriteLine($"checkpoint   {Figures.Bytes(estimate.CheckpointBytes)}");
    }

    private static void AddList(Command command)
    {
        var filter = new Option<string?>("--filter") { Description = "Such as 'state:running tag:x text'." };
        var order = new Option<string?>("--order-by")
        {
            Description = "Such as 'validation_loss' or 'create_time desc'.",
        };
        command.AddVerb("list", "List runs.", [filter, order], async (context, cancellationToken) =>
        {
            var runs = await Pages.AllAsync(async token =>
            {
                var page = await context.Clients.Runs.ListRunsAsync(
                    new ListRunsRequest
                    {
                        PageToken = token,
                        Filter = context.Get(filter) ?? string.Empty,
                        OrderBy = context.Get(order) ?? string.Empty,
                    },
                    cancellationToken: cancellationToken);
                return (page.Runs, page.NextPageToken);
            });
            context.Output.WriteTable(
                runs,
                ("NAME", r => r.Name),
                ("STATE", r => Figures.Of(r.State)),
                ("STEP", r => string.Create(CultureInfo.InvariantCulture, $"{r.Step}/{r.Spec.MaxSteps}")),
                ("LOSS", r => Figures.Loss(r.HasTrainLoss ? r.TrainLoss : null)),
                ("VAL", r => Figures.Loss(r.HasValidationLoss ? r.ValidationLoss : null)),
                ("DATA SET", r => r.Spec.Dataset),
                ("CREATED", r => Figures.Time(r.CreateTime)));
            return ExitCodes.Ok;
        });
    }

    private static void AddResume(Command command)
    {
        var name = Ask.Name("runs");
        var steps = new Option<long?>("--steps") { Description = "A new, higher number of steps." };
        var ranks = new Option<int?>("--ranks") { Description = "Another number of ranks." };
        var detach = Ask.Detach();
        command.AddVerb("resume", "Go on with a run from its last checkpoint.", [name, steps, ranks, detach],
            async (context, cancellationToken) =>
            {
                var request = new ResumeRunRequest { Name = Ask.Full("runs", context.Get(name)) };
                if (context.Get(steps) is { } maxSteps)
                    request.MaxSteps = maxSteps;
                if (context.Get(ranks) is { } otherRanks)
                    request.Ranks = otherRanks;
                var response = await context.Clients.Runs.ResumeRunAsync(request, cancellationToken: cancellationToken);
                if (context.Get(detach))
                {
                    context.Output.Write(
                        response.Run, () => context.Output.WriteLine($"{response.Run.Name} is queued."));
                    return ExitCodes.Ok;
                }

                var run = await Watching.RunAsync(context, response.Run.Name, showLog: false, cancellationToken);
                return PrintEnd(context.Output, run);
            });
    }

    private static void AddTag(Command command)
    {
        var name = Ask.Name("runs");
        var tags = new Argument<string[]>("TAGS") { Description = "All tags the run is to have; none clears them." };
        command.AddVerb("tag", "Set a run's tags.", [name, tags], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Runs.UpdateRunAsync(
                new UpdateRunRequest
                {
                    Name = Ask.Full("runs", context.Get(name)),
                    Tags = new TagList { Tags = { context.Get(tags) } },
                },
                cancellationToken: cancellationToken);
            context.Output.Write(
                response.Run,
                () => context.Output.WriteLine($"{response.Run.Name}: {string.Join(", ", response.Run.Tags)}"));
            return ExitCodes.Ok;
        });
    }

    private static int PrintEnd(CliOutput output, Run run)
    {
        if (run.State != State.Succeeded)
        {
            Ended.Print(output, run.Name, run.State, run.Error);
            return ExitCodes.Failed;
        }

        output.WriteLine(
            $"{run.Name}: {Figures.Count(run.Step, "step")}, loss {Figures.Loss(run.TrainLoss)}, validation loss "
            + $"{Figures.Loss(run.HasInitialValidationLoss ? run.InitialValidationLoss : null)} → "
            + $"{Figures.Loss(run.HasValidationLoss ? run.ValidationLoss : null)}.");
        if (run is { Usage: { } usage, Estimate: { } estimate })
            PrintTaken(output, usage, estimate);
        return ExitCodes.Ok;
    }

    private static void PrintTaken(CliOutput output, RunUsage usage, RunEstimate estimate)
    {
        var memory = usage.HasMemoryBytes
            ? $", memory {Figures.Bytes(usage.MemoryBytes)} ({Figures.Bytes(estimate.MemoryBytes)})"
            : string.Empty;
        output.WriteLine(
            $"It took {Figures.Seconds(usage.Seconds)} (estimated {Figures.Seconds(estimate.Seconds)}), "
            + $"{Figures.Number(usage.StepSeconds)} s a step ({Figures.Number(estimate.StepSeconds)}){memory}.");
    }
}
