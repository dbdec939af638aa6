namespace Platform.Evals;

/// <summary>A context and a text after it.</summary>
/// <param name="Context">What the continuation follows.</param>
/// <param name="Continuation">With its leading space.</param>
public sealed record PromptRow(string Context, string Continuation);
