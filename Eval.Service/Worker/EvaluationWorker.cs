using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.EvalHost.Evaluations;
using Platform.Evals;
using Platform.Modeling;
using Platform.Models;
using Platform.Workers;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Worker;

/// <summary>Grades one evaluation's items, behind those that earlier attempts have graded.</summary>
/// <param name="folder">The evaluation's folder; nothing is written elsewhere.</param>
/// <param name="attempt">Stands in every event.</param>
/// <param name="log">Gets lines for people.</param>
/// <param name="time">The clock.</param>
internal sealed class EvaluationWorker(string folder, int attempt, TextWriter log, TimeProvider time)
{
    private const int LogEvery = 100;

    /// <summary>Works until all is graded, something goes wrong, or it is to end.</summary>
    public WorkerEnd Run(StopRequest stop)
    {
        try
        {
            Grade(stop.Token);
            return WorkerEnd.Finished;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            Event(EvaluationEvents.Stopped, stop.Reason);
            return WorkerEnd.Stopped;
        }
        catch (PlatformException e)
        {
            return Fail(e, e.Reason, e.Message);
        }
        catch (Exception e)
        {
            // The end of the process; whatever it is must be told where people look.
            return Fail(e, "EVALUATION_FAILED", e.Message);
        }
    }

    private WorkerEnd Fail(Exception error, string reason, string message)
    {
        log.WriteLine(error);
        Event(EvaluationEvents.Failed, message, ("reason", reason), ("resumable", true));
        return WorkerEnd.Failed;
    }

    private void Grade(CancellationToken cancellationToken)
    {
        var file = EvaluationFile.Read(folder);
        var done = new ItemsFile(Path.Combine(folder, ItemsFile.FileName), file.Grading.Metric);
        done.ReadNew();
        ComputeDevice.SetThreads(file.Spec.Threads);
        using var model = ModelLoader.Load(file.Model, ChooseDevice(file.Spec.Device), cancellationToken);
        model.Model.Precision = ParsePrecision(file.Spec.Precision);
        Event(
            EvaluationEvents.Model,
            $"{file.Model.Name}: {model.ParameterCount} parameters on {model.Model.Device}",
            ("parameter_count", model.ParameterCount), ("device", model.Model.Device.ToString()));

        var wanted = ReadEntries(file, model).ToList();
        Event(EvaluationEvents.Items, $"{wanted.Count} items", ("total", wanted.Count));
        if (done.NextIndex > 0)
            Event(EvaluationEvents.Resumed, $"goes on at item {done.NextIndex}", ("index", done.NextIndex));
        using (var output = new JsonLinesWriter(Path.Combine(folder, ItemsFile.FileName)))
        {
            ItemScorer.Score(
                model.Model,
                model.Tokenizer,
                wanted,
                done.NextIndex,
                result => Take(result, output, done),
                cancellationToken);
            output.FlushToDisk();
        }

        Finish(wanted.Count, done);
    }

    private static IEnumerable<TaskEntry> ReadEntries(EvaluationFile file, LoadedCheckpoint model)
    {
        var spec = file.Spec;
        var task = TaskChoice.Find(spec).Task
            ?? throw new FailedPreconditionException("TASK_NOT_FOUND", $"There is no task '{spec.Task}' any more.");
        var reading = new TaskReading(model.Tokenizer, model.Model.Config.BlockSize) { Stride = spec.Stride };
        var entries = task.Read(file.ItemsPath, reading);
        if (spec.Shots > 0)
        {
            var pool = task.Read(file.Grading.ShotItemsPath ?? file.ItemsPath, reading)
                .Select(entry => entry.Item)
                .OfType<EvaluationItem>()
                .ToList();
            if (pool.Count <= spec.Shots)
            {
                throw new FailedPreconditionException(
                    "TOO_FEW_EXAMPLES",
                    $"{spec.Shots} examples an item were asked for; there are {pool.Count} to draw from.");
            }

            entries = new ExampleSampler(
                task, pool, file.Grading.ShotItemsPath is null, spec.Shots, spec.ShotSeed).Apply(entries);
        }

        return spec.Limit > 0 ? entries.Take(spec.Limit) : entries;
    }

    private static Precision ParsePrecision(string precision) => precision switch
    {
        "bf16" => Precision.Bf16,
        "tf32" => Precision.Tf32,
        _ => Precision.Fp32,
    };

    private static TorchSharp.torch.Device ChooseDevice(string device)
    {
        try
        {
            return ComputeDevice.Choose(device);
        }
        catch (ArgumentException e)
        {
            throw new FailedPreconditionException("DEVICE_NOT_FOUND", e.Message);
        }
    }

    private void Take(ItemResult result, JsonLinesWriter output, ItemsFile done)
    {
        if (result.Skipped is { } skipped)
        {
            Skip(skipped.Index, skipped.Reason, output);
            return;
        }

        output.Append(result.Graded!);
        if ((result.Graded!.Index + 1) % LogEvery == 0)
        {
            done.ReadNew();
            Log($"{result.Graded.Index + 1} items: {Describe(done.Metrics)}");
        }
    }

    private void Skip(int index, string reason, JsonLinesWriter output)
    {
        output.Append(new JsonObject { ["index"] = index, ["skipped"] = reason });
        Log($"skipped {reason}");
    }

    private void Finish(int total, ItemsFile done)
    {
        // The figures are those of the file, whichever attempts have written it.
        done.ReadNew();
        if (done.Metrics.Count == 0)
        {
            throw new FailedPreconditionException(
                "NOTHING_GRADED", $"None of the {total} items could be graded; log.txt says why for each.");
        }

        Event(
            EvaluationEvents.Finished,
            Describe(done.Metrics),
            ("summary", JsonSerializer.SerializeToNode(FinishedSummary.Of(done), WorkspaceJson.Line)));
    }

    private static string Describe(EvaluationMetrics metrics) => string.Join(
        ", ",
        metrics.Values().Select(metric => string.Create(
            CultureInfo.InvariantCulture, $"{metric.Name} {metric.Value:F4} ± {metric.StandardError:F4}")));

    private void Event(string type, string message, params ReadOnlySpan<(string Key, JsonNode? Value)> details)
    {
        var record = EvaluationEvents.New(type, message, time.GetUtcNow(), details);
        record["attempt"] = attempt;
        EvaluationEvents.Append(folder, record);
        Log(message);
    }

    private void Log(string line) =>
        log.WriteLine($"{EvaluationEvents.Format(time.GetUtcNow())} {line}");
}
