namespace Platform.Evals;

/// <summary>A context and what follows it, in tokens.</summary>
/// <param name="Context">May be empty.</param>
/// <param name="Continuation">At least one token.</param>
public sealed record TokenRow(int[] Context, int[] Continuation);
