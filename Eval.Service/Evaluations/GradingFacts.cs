using Platform.Evals;

namespace Platform.EvalHost.Evaluations;

/// <summary>What was found out about a task when an evaluation was asked for.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="TaskVersion">Its version.</param>
/// <param name="Metric">The figure that stands for it.</param>
/// <param name="Chance">What a guess reaches.</param>
/// <param name="ModelSha256">Over the model's files.</param>
/// <param name="CacheKey">Over everything that the figures depend on; equal keys mean equal figures.</param>
/// <param name="ShotItemsPath">Absolute path of what examples are drawn from; null: the items, or no examples.</param>
/// <param name="CachedFrom">The evaluation that all was taken from; null where it was computed.</param>
internal sealed record GradingFacts(
    string Task,
    int TaskVersion,
    string Metric,
    double? Chance,
    string ModelSha256,
    string CacheKey,
    string? ShotItemsPath = null,
    string? CachedFrom = null)
{
    /// <summary>Of evaluations that were made when HellaSwag was the only task.</summary>
    public static GradingFacts OfFirstFormat { get; } =
        new(HellaSwagTask.TaskName, 1, MetricNames.AccNorm, 0.25, "", "");
}
