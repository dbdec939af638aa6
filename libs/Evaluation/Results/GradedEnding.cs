namespace Platform.Evals;

/// <summary>
/// An ending with its scores, all natural logarithms. What a task's definition does not have is null.
/// </summary>
/// <param name="Text">The ending.</param>
/// <param name="LogProbability">Summed over its tokens, by build-nanogpt's rendering.</param>
/// <param name="TokenCount">Its tokens in that rendering, at least 1.</param>
/// <param name="HarnessLogProbability">Summed over its tokens, by lm-evaluation-harness's rendering.</param>
/// <param name="Characters">Code points that lm-evaluation-harness divides by.</param>
/// <param name="Bytes">UTF-8 bytes that it divides by.</param>
public sealed record GradedEnding(
    string Text,
    double? LogProbability,
    int? TokenCount,
    double? HarnessLogProbability,
    int? Characters,
    int? Bytes)
{
    /// <summary>Its tokens in lm-evaluation-harness's rendering.</summary>
    public int? HarnessTokenCount { get; init; }

    /// <summary>What it follows in that rendering, where that is not the same for all endings of the item.</summary>
    public string? HarnessContext { get; init; }

    /// <summary>What is scored in that rendering, with its leading space.</summary>
    public string? HarnessContinuation { get; init; }

    /// <summary>Whether each of its tokens was the model's first choice; of an ending that is no choice.</summary>
    public bool? Greedy { get; init; }

    /// <summary>Words, of a part of a text.</summary>
    public int? Words { get; init; }

    /// <summary><see cref="LogProbability"/> a token.</summary>
    public double? PerToken() => LogProbability / TokenCount;

    /// <summary><see cref="HarnessLogProbability"/> a character.</summary>
    public double? PerCharacter() => HarnessLogProbability / Characters;

    /// <summary><see cref="HarnessLogProbability"/> a byte.</summary>
    public double? PerByte() => HarnessLogProbability / Bytes;

    /// <summary>The score that choices are made by under a rule; null where there is none.</summary>
    public double? Score(ChoiceRule rule) => rule switch
    {
        ChoiceRule.Acc => LogProbability,
        ChoiceRule.AccNorm => PerToken(),
        ChoiceRule.AccHarness => HarnessLogProbability,
        ChoiceRule.AccNormHarness => PerCharacter(),
        _ => PerByte(),
    };
}
