namespace Platform.Evals;

/// <summary>An item that could not be graded.</summary>
/// <param name="Index">Its place in the input, from 0.</param>
/// <param name="Reason">Why, in words for people.</param>
public sealed record SkippedItem(int Index, string Reason);
