namespace Platform.Evals;

/// <summary>What stands at one place of a task's input: an item, or why there is none.</summary>
/// <param name="Index">The place, from 0.</param>
/// <param name="Item">The item; null where it is bad.</param>
/// <param name="Problem">Why it is bad, in words for people, with its place; null where it is good.</param>
public sealed record TaskEntry(int Index, EvaluationItem? Item, string? Problem);
