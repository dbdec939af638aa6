using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Platform.Cli.Output;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform sweep …</c></summary>
internal static class SweepCommands
{
    public static Command Create()
    {
        var command = new Command("sweep", "Train many runs that differ in chosen settings.");
        AddCreate(command);
        command.AddVerb("list", "List sweeps.", [], ListAsync);
        var name = Ask.Name("sweeps");
        command.AddVerb("show", "Show a sweep's trials.", [name], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Sweeps.GetSweepAsync(
                new GetSweepRequest { Name = Ask.Full("sweeps", context.Get(name)) },
                cancellationToken: cancellationToken);
            context.Output.Write(response.Sweep, () => PrintTrials(context.Output, response.Sweep));
            return ExitCodes.Ok;
        });
        command.AddVerb("watch", "Follow a sweep until it ends.", [name], async (context, cancellationToken) =>
            PrintEnd(context.Output, await Watching.SweepAsync(
                context, Ask.Full("sweeps", context.Get(name)), cancellationToken)));
        AddExport(command);
        SweepResultCommands.Add(command);
        SweepWinnerCommand.AddTo(command);
        command.AddVerb("cancel", "End a sweep.", [name], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Sweeps.CancelSweepAsync(
                new CancelSweepRequest { Name = Ask.Full("sweeps", context.Get(name)) },
                cancellationToken: cancellationToken);
            context.Output.Write(
                response.Sweep,
                () => context.Output.WriteLine($"{response.Sweep.Name} is {Figures.Of(response.Sweep.State)}."));
            return ExitCodes.Ok;
        });
        var detach = Ask.Detach();
        command.AddVerb("resume", "Go on with a sweep.", [name, detach], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Sweeps.ResumeSweepAsync(
                new ResumeSweepRequest { Name = Ask.Full("sweeps", context.Get(name)) },
                cancellationToken: cancellationToken);
            return await FollowAsync(context, response.Sweep, context.Get(detach), cancellationToken);
        });
        command.AddVerb("delete", "Delete a sweep with its runs.", [name], async (context, cancellationToken) =>
        {
            var full = Ask.Full("sweeps", context.Get(name));
            await context.Clients.Sweeps.DeleteSweepAsync(
                new DeleteSweepRequest { Name = full }, cancellationToken: cancellationToken);
            context.Output.WriteLine($"Deleted {full}.");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void AddCreate(Command command)
    {
        var spec = Ask.SpecFile();
        var axes = new Option<string[]>("--axis")
        {
            Description = "A setting with its values, such as lora.rank=1,2,4, or with the range that drawn trials "
                + "have, such as optimizer.learning_rate=1e-5..1e-2:log; may be given often.",
            HelpName = "PATH=A,B,C|MIN..MAX[:log]",
        };
        var datasets = new Option<string[]>("--dataset") { Description = "Run every trial on it; may be given often." };
        var baseModel = new Option<string?>("--base") { Description = "The model that every trial starts from." };
        var preset = new Option<string?>("--preset") { Description = "A ready-made plan: lora-study." };
        var (id, displayName, set, detach) = (Ask.Id(), Ask.DisplayName(), Ask.Set(), Ask.Detach());
        command.AddVerb(
            "create",
            "Queue a sweep and follow it.",
            [spec, preset, axes, datasets, baseModel, id, displayName, set, detach],
            async (context, cancellationToken) =>
            {
                var request = new CreateSweepRequest
                {
                    SweepId = context.Get(id) ?? string.Empty,
                    DisplayName = context.Get(displayName) ?? string.Empty,
                    Preset = context.Get(preset) ?? string.Empty,
                    Spec = new SweepSpec { Base = new RunSpec() },
                };
                if (context.Get(spec) is { } file)
                    SpecFile.ReadInto(request.Spec, file);
                request.Spec.Datasets.AddRange(
                    (context.Get(datasets) ?? []).Select(dataset => Ask.Full("datasets", dataset)));
                if (context.Get(baseModel) is { } baseName)
                    request.Spec.Base.BaseModel = Ask.Full("runs", baseName);
                request.Spec.Axes.AddRange((context.Get(axes) ?? []).Select(ParseAxis));
                foreach (var assignment in context.Get(set) ?? [])
                    SpecAssignment.Apply(request.Spec, assignment);
                var created = await context.Clients.Sweeps.CreateSweepAsync(
                    request, cancellationToken: cancellationToken);
                return await FollowAsync(context, created.Sweep, context.Get(detach), cancellationToken);
            });
    }

    private static void AddExport(Command command)
    {
        var name = Ask.Name("sweeps");
        var format = new Option<string>("--format")
        {
            Description = "csv, json or markdown.",
            DefaultValueFactory = _ => "csv",
        };
        format.AcceptOnlyFromAmong("csv", "json", "markdown");
        var file = new Option<string?>("--output", "-o") { Description = "The file; else standard output." };
        command.AddVerb("export", "Export the trials' table.", [name, format, file],
            async (context, cancellationToken) =>
            {
                var response = await context.Clients.Sweeps.ExportSweepAsync(
                    new ExportSweepRequest
                    {
                        Name = Ask.Full("sweeps", context.Get(name)),
                        Format = context.Get(format) switch
                        {
                            "json" => TableFormat.Json,
                            "markdown" => TableFormat.Markdown,
                            _ => TableFormat.Csv,
                        },
                    },
                    cancellationToken: cancellationToken);
                if (context.Get(file) is { } path)
                    await File.WriteAllTextAsync(path, response.Content, cancellationToken);
                else
                    context.Output.Write(response.Content);
                return ExitCodes.Ok;
            });
    }

    private static Axis ParseAxis(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new SpecException($"--axis {text}: write it as path=value,value,….");
        var given = text[(equals + 1)..];
        if (RangeText.TryParse(given, out var range))
        {
            return new Axis
            {
                Setting = text[..equals],
                Range = new AxisRange { Min = range.Min, Max = range.Max, Log = range.Log },
            };
        }

        var values = given.Split(',', StringSplitOptions.TrimEntries);
        return new Axis { Setting = text[..equals], Values = { values.Select(ScalarText.ToValue) } };
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var sweeps = await Pages.AllAsync(async token =>
        {
            var page = await context.Clients.Sweeps.ListSweepsAsync(
                new ListSweepsRequest { PageToken = token }, cancellationToken: cancellationToken);
            return (page.Sweeps, page.NextPageToken);
        });
        context.Output.WriteTable(
            sweeps,
            ("NAME", s => s.Name),
            ("STATE", s => Figures.Of(s.State)),
            ("TRIALS", s => $"{s.EndedTrialCount}/{s.TrialCount}"),
            ("FAILED", s => Figures.Count(s.FailedTrialCount)),
            ("CREATED", s => Figures.Time(s.CreateTime)));
        return ExitCodes.Ok;
    }

    private static async Task<int> FollowAsync(
        CommandContext context, Sweep sweep, bool detach, CancellationToken cancellationToken)
    {
        if (detach)
        {
            context.Output.Write(
                sweep, () => context.Output.WriteLine($"{sweep.Name} is queued with {sweep.TrialCount} trials."));
            return ExitCodes.Ok;
        }

        return PrintEnd(context.Output, await Watching.SweepAsync(context, sweep.Name, cancellationToken));
    }

    private static int PrintEnd(CliOutput output, Sweep sweep)
    {
        if (!output.IsJson)
            PrintTrials(output, sweep);
        if (sweep.State == State.Succeeded)
            return ExitCodes.Ok;
        Ended.Print(output, sweep.Name, sweep.State, sweep.Error);
        return ExitCodes.Failed;
    }

    private static void PrintTrials(CliOutput output, Sweep sweep)
    {
        output.WriteTable(
            sweep.Trials,
            ("TRIAL", t => Figures.Count(t.Number)),
            ("DATA SET", t => t.Dataset),
            ("SETTINGS", t => Describe(t.Settings)),
            ("STATE", t => Figures.Of(t.State)),
            ("UNTUNED", t => Figures.Loss(t.HasInitialValidationLoss ? t.InitialValidationLoss : null)),
            ("VAL", t => Figures.Loss(t.HasValidationLoss ? t.ValidationLoss : null)),
            ("FINAL LOSS", t => Figures.Loss(t.HasFinalLoss ? t.FinalLoss : null)),
            ("PARAMETERS", t => Figures.Count(t.TrainableParameterCount)),
            ("TIME", t => t.HasDurationSeconds ? Figures.Seconds(t.DurationSeconds) : "–"));
        foreach (var best in sweep.Best)
        {
            var where = best.Dataset.Length == 0 ? "over all" : $"on {best.Dataset}";
            output.WriteLine(
                $"Best {where}: {Describe(best.Settings)} at {Figures.Loss(best.Objective)} (trial {best.Trial}).");
        }
    }

    internal static string Describe(Struct? settings) => settings is null
        ? string.Empty
        : string.Join(' ', settings.Fields.OrderBy(field => field.Key, StringComparer.Ordinal)
            .Select(field => $"{field.Key}={field.Value.ToString().Trim('"', ' ')}"));
}
