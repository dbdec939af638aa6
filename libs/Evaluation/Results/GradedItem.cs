namespace Platform.Evals;

/// <summary>An item with its endings' scores: one line of <c>items.jsonl</c>.</summary>
/// <param name="Index">Its place in the input, from 0.</param>
/// <param name="Activity">Its activity or group; may be empty.</param>
/// <param name="Context">What the endings follow.</param>
/// <param name="Endings">The endings with their scores.</param>
/// <param name="Gold">The right ending, from 0.</param>
/// <param name="Truncated">Whether the context was cut from the left, in either rendering, to fit the model.</param>
public sealed record GradedItem(
    int Index, string Activity, string Context, IReadOnlyList<GradedEnding> Endings, int Gold, bool Truncated)
{
    /// <summary>What all endings follow in lm-evaluation-harness's rendering, examples included; null where it has none
    /// or each its own.</summary>
    public string? HarnessContext { get; init; }

    /// <summary>The choice by the highest score; of equal ones the first. Null where the rule has no scores.</summary>
    public int? ChoiceBy(ChoiceRule rule)
    {
        if (Endings.Count < 2 || Endings.Any(ending => ending.Score(rule) is null))
            return null;
        var best = 0;
        for (var i = 1; i < Endings.Count; i++)
        {
            if (Endings[i].Score(rule) > Endings[best].Score(rule))
                best = i;
        }

        return best;
    }

    /// <summary>
    /// Whether it is right by a figure's rule: the right ending is chosen or, where there is no choice, said word for
    /// word. Null where the figure knows no right and wrong.
    /// </summary>
    public bool? IsCorrect(string metric)
    {
        if (Endings is [{ Greedy: { } greedy }])
            return greedy;
        return MetricNames.RuleOf(metric) is { } rule && ChoiceBy(rule) is { } choice ? choice == Gold : null;
    }

    /// <summary>
    /// How sure the choice is: its score less the next best's, 0 or more. Null where nothing is chosen.
    /// </summary>
    public double? Margin(string metric)
    {
        if (MetricNames.RuleOf(metric) is not { } rule || ChoiceBy(rule) is not { } choice)
            return null;
        return Endings[choice].Score(rule)
            - Endings.Where((_, i) => i != choice).Max(ending => ending.Score(rule));
    }
}
