namespace Platform.Evals;

/// <summary>A prompt whose tokens are given.</summary>
/// <param name="Rows">One a continuation.</param>
public sealed record TokenPrompt(IReadOnlyList<TokenRow> Rows) : Prompt;
