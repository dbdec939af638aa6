using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.Evals;

/// <summary>
/// A task's items, encoded once, to be graded again and again while a model trains. The scorer is the evaluation job's,
/// so the figures are those of the job on a checkpoint of the same step, with the same items.
/// </summary>
/// <remarks>
/// Processes of one run share the items: each grades its part, the sums of all are added, and every process has the
/// figures of all items.
/// </remarks>
public sealed class EvaluationSubset
{
    private readonly List<EncodedItem> _items;

    private EvaluationSubset(EvaluationTask task, List<EncodedItem> items, List<SkippedItem> skipped) =>
        (Task, _items, Skipped) = (task, items, skipped);

    /// <summary>The task.</summary>
    public EvaluationTask Task { get; }

    /// <summary>Items that are graded.</summary>
    public int Count => _items.Count;

    /// <summary>Items that cannot be graded, with the reason.</summary>
    public IReadOnlyList<SkippedItem> Skipped { get; }

    /// <summary>Reads and encodes items.</summary>
    /// <param name="task">The task, such as <c>EvaluationTasks.Get("hellaswag")</c>.</param>
    /// <param name="path">Its input.</param>
    /// <param name="limit">The first so many only; 0: all.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="contextLength">The model's longest input in tokens.</param>
    /// <exception cref="IOException">The input cannot be read.</exception>
    public static EvaluationSubset Load(
        EvaluationTask task, string path, int limit, TextTokenizer tokenizer, int contextLength)
    {
        var encoder = new PromptEncoder(tokenizer, contextLength);
        var (items, skipped) = (new List<EncodedItem>(), new List<SkippedItem>());
        var entries = task.Read(path, new TaskReading(tokenizer, contextLength));
        foreach (var entry in limit > 0 ? entries.Take(limit) : entries)
        {
            var (item, bad) = ItemScorer.Encode(entry, encoder);
            if (item is not null)
                items.Add(item);
            else
                skipped.Add(bad!);
        }

        return new EvaluationSubset(task, items, skipped);
    }

    /// <summary>Grades this process's part of the items.</summary>
    /// <param name="model">
    /// Computes in fp32 and without dropout meanwhile, as the job does, and is then as it was.
    /// </param>
    /// <param name="rank">This process, from 0.</param>
    /// <param name="world">Processes that share the items.</param>
    /// <param name="cancellationToken">Looked at between passes through the model.</param>
    /// <returns>
    /// Its figures. With several processes, add up all of their <see cref="EvaluationMetrics.Sums"/> and give them to
    /// <see cref="EvaluationMetrics.Add(IReadOnlyList{double})"/> of an empty one.
    /// </returns>
    public EvaluationMetrics Score(
        Gpt model, int rank = 0, int world = 1, CancellationToken cancellationToken = default)
    {
        var (training, precision) = (model.training, model.Precision);
        model.eval();
        if (precision != Precision.Fp32)
            model.Precision = Precision.Fp32;
        try
        {
            var metrics = new EvaluationMetrics();
            using var scorer = new ContinuationScorer(model);
            foreach (var item in ItemScorer.Score(
                scorer, [.. _items.Where((_, i) => i % world == rank)], cancellationToken))
                metrics.Add(item);
            return metrics;
        }
        finally
        {
            if (precision != Precision.Fp32)
                model.Precision = precision;
            model.train(training);
        }
    }
}
