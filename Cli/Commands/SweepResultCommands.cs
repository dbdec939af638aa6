using System.CommandLine;
using System.Globalization;
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
            ("SHARE", i => i.Share.ToString("P0", CultureInfo.InvariantCulture)),
            ("P", i => i.HasPValue ? i.PValue.ToString("0.000", CultureInfo.InvariantCulture) : "–"));
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
        var format = new Option<string[]>("--format")
        {
            Description = "svg or png; may be given often (default: both).",
            DefaultValueFactory = _ => ["svg", "png"],
        };
        format.AcceptOnlyFromAmong("svg", "png");
        command.AddVerb(
            "figures",
            "Draw a sweep's figures as SVG and PNG files.",
            [name, folder, only, format],
            async (context, cancellationToken) =>
            {
                var request = new GetSweepFiguresRequest
                {
                    Name = Ask.Full("sweeps", context.Get(name)),
                    Keys = { context.Get(only) ?? [] },
                };
                var target = context.Get(folder)!;
                Directory.CreateDirectory(target);
                var all = await context.Clients.Sweeps.GetSweepFiguresAsync(
                    request, cancellationToken: cancellationToken);
                request.Svg = context.Get(format)!.Contains("svg");
                request.Png = context.Get(format)!.Contains("png");
                // One at a time: pictures of many data sets would not fit into one answer.
                foreach (var key in all.Figures.Select(figure => figure.Key))
                {
                    request.Keys.Clear();
                    request.Keys.Add(key);
                    var drawn = await context.Clients.Sweeps.GetSweepFiguresAsync(
                        request, cancellationToken: cancellationToken);
                    foreach (var figure in drawn.Figures)
                        await WriteAsync(context.Output, Path.Combine(target, figure.Key), figure, cancellationToken);
                }

                return ExitCodes.Ok;
            });
    }

    private static async Task WriteAsync(
        CliOutput output, string path, SweepFigure figure, CancellationToken cancellationToken)
    {
        if (figure.Svg.Length > 0)
        {
            await File.WriteAllTextAsync($"{path}.svg", figure.Svg, cancellationToken);
            output.WriteLine($"{path}.svg: {figure.Title}");
        }

        if (figure.Png.Length > 0)
        {
            await File.WriteAllBytesAsync($"{path}.png", figure.Png.Memory, cancellationToken);
            output.WriteLine($"{path}.png: {figure.Title}");
        }
    }
}
