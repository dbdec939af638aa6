using Platform.Contracts.Trainer.V1;
using Platform.Evals;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.TrainerHost.Worker.Ranks;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// Grades the same HellaSwag items every time, with the scorer of the evaluation service: the figure is what an
/// evaluation of that checkpoint on these items says. Ranks share the items.
/// </summary>
internal sealed class ItemGrader(Gpt model, EvaluationSubset items, RankGroup ranks)
{
    /// <summary>Makes one for a run; null where it wants none.</summary>
    /// <exception cref="TrainingException">The file is not there, or has no item that can be graded.</exception>
    public static ItemGrader? Create(
        MeasurementSpec spec, DataRoot root, Gpt model, TextTokenizer tokenizer, RankGroup ranks)
    {
        if (spec.HellaswagInterval == 0)
            return null;
        var path = ItemsFile.Resolve(root, spec.HellaswagItems);
        return new ItemGrader(
            model, Load(path, spec.HellaswagLimit, tokenizer, model.Config.BlockSize), ranks);
    }

    /// <summary>Reads and encodes the first items of a file; those that cannot be graded are left out.</summary>
    /// <exception cref="TrainingException">The file is not there, or has no item that can be graded.</exception>
    public static EvaluationSubset Load(string path, int limit, TextTokenizer tokenizer, int contextLength)
    {
        try
        {
            var items = EvaluationSubset.Load(
                EvaluationTasks.Get("hellaswag"), path, limit, tokenizer, contextLength);
            return items.Count > 0
                ? items
                : throw new TrainingException(FailureReasons.InvalidRun, $"{path} has no item that can be graded.");
        }
        catch (IOException e)
        {
            throw new TrainingException(
                FailureReasons.InvalidRun, $"evaluation.hellaswag_items cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The share of items answered right, by the mean log-probability of the ending's tokens.</summary>
    /// <returns>Null where it was interrupted.</returns>
    public double? Run(CancellationToken stop)
    {
        double[] sums;
        try
        {
            sums = [.. items.Score(model, ranks.Rank, ranks.World, stop).Sums];
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }

        ranks.Sum(sums);
        var metrics = new EvaluationMetrics();
        metrics.Add(sums);
        return metrics.Values().First(metric => metric.Name == MetricNames.AccNorm).Value;
    }
}
