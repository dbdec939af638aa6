namespace Platform.Evals;

/// <summary>What became of an item: one of the two is set.</summary>
/// <param name="Graded">Its scores.</param>
/// <param name="Skipped">Why it has none.</param>
public sealed record ItemResult(GradedItem? Graded, SkippedItem? Skipped);
