namespace Platform.Evals;

/// <summary>A context and one continuation in tokens, cut from the left to fit the model.</summary>
/// <param name="Tokens">Both, one after the other.</param>
/// <param name="ScoreFrom">Where the continuation begins; at least 1: a token is scored by the one before.</param>
/// <param name="Truncated">Whether tokens of the context were cut off.</param>
public sealed record EncodedContinuation(int[] Tokens, int ScoreFrom, bool Truncated);
