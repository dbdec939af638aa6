namespace Platform.Evals;

/// <summary>An item ready for scoring, in both of its renderings.</summary>
/// <param name="Index">Its place in the input, from 0.</param>
/// <param name="Activity">Its activity or group; may be empty.</param>
/// <param name="Context">What the endings follow, for people.</param>
/// <param name="Endings">The endings, for people.</param>
/// <param name="Gold">The right ending, from 0.</param>
/// <param name="Plain">As build-nanogpt scores it.</param>
/// <param name="Harness">As lm-evaluation-harness scores it.</param>
public sealed record MultipleChoiceItem(
    int Index,
    string Activity,
    string Context,
    IReadOnlyList<string> Endings,
    int Gold,
    MultipleChoicePrompt Plain,
    MultipleChoicePrompt Harness)
{
    /// <summary>The texts whose characters and bytes lm-evaluation-harness divides by.</summary>
    public required IReadOnlyList<string> HarnessLengthTexts { get; init; }
}
