namespace Platform.EvalHost.Evaluations;

/// <summary>Where a graded item stands in its file, and what filters and orders ask of it most.</summary>
/// <param name="Index">The item's place in the input.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes, without the line feed.</param>
/// <param name="Correct">Whether it is right; null where there is no right and wrong.</param>
/// <param name="Margin">How sure the choice was; null where there was none.</param>
/// <param name="Activity">Its activity.</param>
internal sealed record ItemLine(int Index, long Offset, int Length, bool? Correct, double? Margin, string Activity);
