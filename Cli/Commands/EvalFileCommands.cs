using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Platform.Contracts.Eval.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform eval compare</c> and <c>eval export</c></summary>
internal static class EvalFileCommands
{
    public static void AddTo(Command command)
    {
        AddCompare(command);
        AddExport(command);
    }

    private static void AddCompare(Command command)
    {
        var first = new Argument<string>("FIRST") { Description = "evaluations/ID, or the ID alone." };
        var second = new Argument<string>("SECOND") { Description = "Another of the same items." };
        var metric = new Option<string?>("--metric")
        {
            Description = "By which figure items are right; the task's own.",
        };
        var count = new Option<int>("--count", "-n") { Description = "Flips to show.", DefaultValueFactory = _ => 5 };
        command.AddVerb(
            "compare",
            "Compare two evaluations item by item.",
            [first, second, metric, count],
            async (context, cancellationToken) =>
            {
                var request = new CompareEvaluationsRequest
                {
                    First = Ask.Full("evaluations", context.Get(first)),
                    Second = Ask.Full("evaluations", context.Get(second)),
                    Metric = context.Get(metric) ?? string.Empty,
                    PageSize = Math.Max(1, context.Get(count)),
                };
                var response = await context.Clients.Evaluations.CompareEvaluationsAsync(
                    request, cancellationToken: cancellationToken);
                context.Output.Write(response, () => Print(context, request, response, context.Get(count)));
                return ExitCodes.Ok;
            });
    }

    private static void Print(
        CommandContext context, CompareEvaluationsRequest request, CompareEvaluationsResponse response, int count)
    {
        string[] lines =
        [
            Invariant($"{response.Metric} over {response.Count} items"),
            Invariant($"  {response.FirstValue:F4}  {request.First}"),
            Invariant($"  {response.SecondValue:F4}  {request.Second}"),
            $"difference {Signed(response.Difference)}, "
                + $"95 % interval {Signed(response.IntervalLow)} to {Signed(response.IntervalHigh)}",
            Invariant($"gained {response.GainedCount}, lost {response.LostCount}; ")
                + Invariant($"both right {response.BothRightCount}, both wrong {response.BothWrongCount}; ")
                + Invariant($"McNemar's p {response.PValue:G3}"),
        ];
        foreach (var line in lines)
            context.Output.WriteLine(line);
        if (response.UnmatchedCount > 0)
            context.Output.WriteLine(Invariant($"{response.UnmatchedCount} items are not in both"));
        foreach (var flip in response.Flips.Take(count))
        {
            context.Output.WriteLine(flip.Second.Correct ? "\ngained:" : "\nlost:");
            EvalCommands.PrintExample(context.Output, flip.First);
            EvalCommands.PrintExample(context.Output, flip.Second);
        }
    }

    private static void AddExport(Command command)
    {
        var name = Ask.Name("evaluations");
        var output = new Option<string?>("--output", "-o") { Description = "The folder to write to; here by default." };
        command.AddVerb(
            "export",
            "Write results.json and samples.jsonl as lm-evaluation-harness does.",
            [name, output],
            async (context, cancellationToken) =>
            {
                var full = Ask.Full("evaluations", context.Get(name));
                foreach (var part in (ExportPart[])[ExportPart.Results, ExportPart.Samples])
                {
                    var path = await WriteAsync(
                        context, full, part, context.Get(output) ?? Environment.CurrentDirectory, cancellationToken);
                    context.Output.WriteLine($"Wrote {path}.");
                }

                return ExitCodes.Ok;
            });
    }

    private static async Task<string> WriteAsync(
        CommandContext context, string name, ExportPart part, string folder, CancellationToken cancellationToken)
    {
        using var call = context.Clients.Evaluations.ExportEvaluation(
            new ExportEvaluationRequest { Name = name, Part = part }, cancellationToken: cancellationToken);
        FileStream? file = null;
        try
        {
            await foreach (var piece in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                file ??= Create(folder, piece.FileName);
                await file.WriteAsync(piece.Chunk.Memory, cancellationToken);
            }

            return file!.Name;
        }
        finally
        {
            if (file is not null)
                await file.DisposeAsync();
        }
    }

    private static FileStream Create(string folder, string fileName)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return File.Create(Path.Combine(folder, Path.GetFileName(fileName)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException($"The file cannot be written: {e.Message}");
        }
    }

    private static string Signed(double value) =>
        value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
