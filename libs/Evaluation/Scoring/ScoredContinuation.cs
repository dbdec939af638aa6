namespace Platform.Evals;

/// <summary>What the model thinks of a continuation.</summary>
/// <param name="LogProbability">Natural, summed over its tokens.</param>
/// <param name="Greedy">Whether each token was the model's first choice; false where it was not asked.</param>
public readonly record struct ScoredContinuation(double LogProbability, bool Greedy);
