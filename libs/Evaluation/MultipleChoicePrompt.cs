namespace Platform.Evals;

/// <summary>A context and the continuations to score after it, as they are to be tokenised.</summary>
/// <param name="Context">What the continuations follow.</param>
/// <param name="Continuations">Each with its leading space.</param>
/// <param name="Encoding">Whether context and continuation are tokenised apart or together.</param>
public sealed record MultipleChoicePrompt(
    string Context, IReadOnlyList<string> Continuations, ContinuationEncoding Encoding);
