namespace Platform.Evals;

/// <summary>An ending with its scores, all natural logarithms.</summary>
/// <param name="Text">The ending.</param>
/// <param name="LogProbability">Summed over its tokens, by build-nanogpt's rendering.</param>
/// <param name="TokenCount">Its tokens in that rendering, at least 1.</param>
/// <param name="HarnessLogProbability">Summed over its tokens, by lm-evaluation-harness's rendering.</param>
/// <param name="Characters">Code points that lm-evaluation-harness divides by.</param>
/// <param name="Bytes">UTF-8 bytes that it divides by.</param>
public sealed record GradedEnding(
    string Text, double LogProbability, int TokenCount, double HarnessLogProbability, int Characters, int Bytes)
{
    /// <summary><see cref="LogProbability"/> a token.</summary>
    public double PerToken() => LogProbability / TokenCount;

    /// <summary><see cref="HarnessLogProbability"/> a character.</summary>
    public double PerCharacter() => HarnessLogProbability / Characters;

    /// <summary><see cref="HarnessLogProbability"/> a byte.</summary>
    public double PerByte() => HarnessLogProbability / Bytes;
}
