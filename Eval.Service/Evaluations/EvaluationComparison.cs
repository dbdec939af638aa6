using Platform.Contracts.Eval.V1;
using Platform.Evals;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>Two evaluations item by item.</summary>
internal sealed class EvaluationComparison
{
    private readonly List<(GradedItem First, GradedItem Second, bool Gained)> _flips = [];

    /// <exception cref="FailedPreconditionException">They have no item in common that is right or wrong.</exception>
    public EvaluationComparison(EvaluationEntry first, EvaluationEntry second, string metric)
    {
        Metric = metric.Length > 0 ? metric : first.File.Grading.Metric;
        if (first.File.Grading.Task != second.File.Grading.Task)
        {
            throw new FailedPreconditionException(
                "OTHER_TASK",
                $"'{first.Name}' is of the task '{first.File.Grading.Task}', "
                + $"'{second.Name}' of '{second.File.Grading.Task}'.");
        }

        var others = second.Items().ToDictionary(item => item.Index);
        var (both, gained, lost, neither, firstCount) = (0, 0, 0, 0, 0);
        foreach (var item in first.Items())
        {
            firstCount++;
            if (!others.TryGetValue(item.Index, out var other) || !AreSame(item, other)
                || item.IsCorrect(Metric) is not { } before || other.IsCorrect(Metric) is not { } after)
                continue;
            if (before != after)
                _flips.Add((item, other, after));
            (both, neither) = (both + (before && after ? 1 : 0), neither + (!before && !after ? 1 : 0));
            (gained, lost) = (gained + (!before && after ? 1 : 0), lost + (before && !after ? 1 : 0));
        }

        Figures = new PairedComparison(both, gained, lost, neither);
        Unmatched = firstCount + others.Count - (2 * Figures.Count);
        if (Figures.Count == 0)
        {
            throw new FailedPreconditionException(
                "NOTHING_TO_COMPARE",
                $"'{first.Name}' and '{second.Name}' have no item in common that is right or wrong by '{Metric}'.");
        }
    }

    /// <summary>By which figure items are right or wrong.</summary>
    public string Metric { get; }

    /// <summary>The counts and what follows from them.</summary>
    public PairedComparison Figures { get; }

    /// <summary>Items that only one has, or that differ.</summary>
    public int Unmatched { get; }

    /// <summary>The items that one has right and the other wrong.</summary>
    public IEnumerable<(GradedItem First, GradedItem Second)> Flips(FlipDirection direction) => _flips
        .Where(flip => direction == FlipDirection.Unspecified || flip.Gained == (direction == FlipDirection.Gained))
        .Select(flip => (flip.First, flip.Second));

    private static bool AreSame(GradedItem a, GradedItem b) =>
        a.Gold == b.Gold
        && a.Context == b.Context
        && a.Endings.Select(e => e.Text).SequenceEqual(b.Endings.Select(e => e.Text));
}
