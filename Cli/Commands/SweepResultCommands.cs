using System.CommandLine;
using Platform.Cli.Output;
using Platform.Contracts.Trainer.V1;

namespace Platform.Cli.Commands;

/// <summary><c>platform sweep results</c> and <c>platform sweep figures</c>.</summary>
internal static class SweepResultCommands
{
    public static void Add(Command command)
    {
        AddResults(command);
        AddFigures(command);
    }

    private static void AddResults(Command command)
    {
        var name = Ask.Name("sweeps");
        command.AddVerb(
            "results",
            "What came out: means over repeats, the weight of each axis, a verdict.",
            [name],
            async (context, cancellationToken) =>
            {
                var response = await context.Clients.Sweeps.GetSweepResultsAsync(
                    new GetSweepResultsRequest { Name = Ask.Full("sweeps", context.Get(name)) },
                    cancellationToken: cancellationToken);
                context.Output.Write(response, () => Print(context.Output, response));
                return ExitCodes.Ok;
            });
    }

    private static void Print(CliOutput output, GetSweepResultsResponse response)
    {
        output.WriteTable(
            response.Results,
            ("DATA SET", r => r.Dataset),
            ("SETTINGS", r => SweepCommands.Describe(r.Settings)),
            ("TRIALS", r => Figures.Count(r.TrialCount)),
            ("MEAN", r => Figures.Loss(r.Mean)),
            ("SD", r => Figures.Loss(r.HasDeviation ? r.Deviation : null)),
            ("FINAL LOSS", r => Figures.Loss(r.HasFinalLoss ? r.FinalLoss : null)));
        output.WriteTable(
            response.Importance,
            ("DATA SET", i => i.Dataset),
            ("AXIS", i => i.Setting),
            ("MOVES IT BY", i => Figures.Loss(i.Effect)),
            ("SHARE", i => i.Share.ToString("P0", System.Globalization.CultureInfo.InvariantCulture)));
        foreach (var sentence in response.Verdict)
            output.WriteLine(sentence);
    }

    private static void AddFigures(Command command)
    {
        var name = Ask.Name("sweeps");
        var folder = new Option<string>("--output", "-o")
        {
            Description = "The folder for them (default: here).",
            DefaultValueFactory = _ => ".",
        };
        var only = new Option<string[]>("--figure") { Description = "Only this one; may be given often." };
        command.AddVerb("figures", "Draw a sweep's figures as SVG files.", [name, folder, only],
            async (context, cancellationToken) =>
            {
                var response = await context.Clients.Sweeps.GetSweepFiguresAsync(
                    new GetSweepFiguresRequest
                    {
                        Name = Ask.Full("sweeps", context.Get(name)),
                        Svg = true,
                        Keys = { context.Get(only) ?? [] },
                    },
                    cancellationToken: cancellationToken);
                var target = context.Get(folder)!;
                Directory.CreateDirectory(target);
                foreach (var figure in response.Figures)
                {
                    var path = Path.Combine(target, figure.Key + ".svg");
                    await File.WriteAllTextAsync(path, figure.Svg, cancellationToken);
                    context.Output.WriteLine($"{path}: {figure.Title}");
                }

                return ExitCodes.Ok;
            });
    }
}
