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

    private readonly ItemsFile _done = new(Path.Combine(folder, ItemsFile.FileName));

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
        var entries = HellaSwagFile.Read(file.ItemsPath);
        var wanted = (file.Spec.Limit > 0 ? entries.Take(file.Spec.Limit) : entries).ToList();
        Event(EvaluationEvents.Items, $"{wanted.Count} items", ("total", wanted.Count));
        _done.ReadNew();
        if (_done.NextIndex > 0)
            Event(EvaluationEvents.Resumed, $"goes on at item {_done.NextIndex}", ("index", _done.NextIndex));

        ComputeDevice.SetThreads(file.Spec.Threads);
        using var model = ModelLoader.Load(file.Model, ChooseDevice(file.Spec.Device), cancellationToken);
        Event(
            EvaluationEvents.Model,
            $"{file.Model.Name}: {model.ParameterCount} parameters on {model.Model.Device}",
            ("parameter_count", model.ParameterCount), ("device", model.Model.Device.ToString()));
        using (var output = new JsonLinesWriter(Path.Combine(folder, ItemsFile.FileName)))
        {
            var rest = wanted.Where(entry => entry.Index >= _done.NextIndex);
            MultipleChoiceScorer.Score(
                model.Model, model.Tokenizer, Render(rest, output), result => Take(result, output), cancellationToken);
            output.FlushToDisk();
        }

        Finish(wanted.Count);
    }

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

    // Bad items are noted in their place, between the graded ones.
    private IEnumerable<MultipleChoiceItem> Render(IEnumerable<HellaSwagEntry> entries, JsonLinesWriter output)
    {
        foreach (var entry in entries)
        {
            if (entry.Item is { } item)
                yield return HellaSwagTask.Render(item);
            else
                Skip(entry.Index, entry.Problem!, output);
        }
    }

    private void Take(ItemResult result, JsonLinesWriter output)
    {
        if (result.Skipped is { } skipped)
        {
            Skip(skipped.Index, $"item {skipped.Index}: {skipped.Reason}", output);
            return;
        }

        output.Append(result.Graded!);
        if ((result.Graded!.Index + 1) % LogEvery == 0)
        {
            _done.ReadNew();
            Log($"{result.Graded.Index + 1} items: {Describe(_done.Metrics)}");
        }
    }

    private void Skip(int index, string reason, JsonLinesWriter output)
    {
        output.Append(new JsonObject { ["index"] = index, ["skipped"] = reason });
        Log($"skipped {reason}");
    }

    private void Finish(int total)
    {
        // The figures are those of the file, whichever attempts have written it.
        _done.ReadNew();
        var metrics = _done.Metrics;
        if (metrics.Count == 0)
        {
            throw new FailedPreconditionException(
                "NOTHING_GRADED", $"None of the {total} items could be graded; log.txt says why for each.");
        }

        var summary = new FinishedSummary(metrics.Count, _done.SkippedCount, metrics.TruncatedCount, metrics.Values());
        Event(
            EvaluationEvents.Finished,
            Describe(metrics),
            ("summary", JsonSerializer.SerializeToNode(summary, WorkspaceJson.Line)));
    }

    private static string Describe(MultipleChoiceMetrics metrics) => string.Join(
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
