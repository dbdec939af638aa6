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
    /// <summary>The choice by the highest score; of equal ones the first.</summary>
    public int ChoiceBy(Func<GradedEnding, double> score)
    {
        var best = 0;
        for (var i = 1; i < Endings.Count; i++)
        {
            if (score(Endings[i]) > score(Endings[best]))
                best = i;
        }

        return best;
    }

    /// <summary>The choice by the log-probability a token (<c>acc_norm</c>).</summary>
    public int Predicted() => ChoiceBy(ending => ending.PerToken());

    /// <summary>Whether <see cref="Predicted"/> is right.</summary>
    public bool IsCorrect() => Predicted() == Gold;

    /// <summary>How sure the choice is: its log-probability a token less the next best's, 0 or more.</summary>
    public double Margin()
    {
        var predicted = Predicted();
        return Endings[predicted].PerToken() - Endings.Where((_, i) => i != predicted).Max(ending => ending.PerToken());
    }
}
