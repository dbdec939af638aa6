namespace Platform.Evals;

/// <summary>An item ready for scoring, in one or both of its renderings.</summary>
/// <param name="Index">Its place in the input, from 0.</param>
/// <param name="Activity">Its activity or group; may be empty.</param>
/// <param name="Context">What the endings follow, for people.</param>
/// <param name="Endings">The endings, for people. One alone is no choice:
/// it is asked whether the model says it.</param>
/// <param name="Gold">The right ending, from 0.</param>
public sealed record EvaluationItem(
    int Index, string Activity, string Context, IReadOnlyList<string> Endings, int Gold)
{
    /// <summary>As build-nanogpt scores it; null where the task or the input has no such rendering.</summary>
    public Prompt? Plain { get; init; }

    /// <summary>As lm-evaluation-harness scores it; null where the input does not tell enough.</summary>
    public Prompt? Harness { get; init; }

    /// <summary>
    /// The texts whose characters and bytes lm-evaluation-harness divides by; null where it does not divide.
    /// </summary>
    public IReadOnlyList<string>? HarnessLengthTexts { get; init; }

    /// <summary>Whether it is asked if every token of the ending is the model's first choice.</summary>
    public bool AsksGreedy { get; init; }

    /// <summary>Of a part of a text: its words and bytes, by which its log-probability is divided; else null.</summary>
    public TextSpan? Span { get; init; }

    /// <summary>
    /// The item with its right answer, as it stands before others when examples are given; else null.
    /// </summary>
    public string? Example { get; init; }
}
