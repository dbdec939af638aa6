namespace Platform.EvalHost.Evaluations;

/// <summary>Where a graded item stands in its file, and what filters ask of it most.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes, without the line feed.</param>
/// <param name="Correct">Whether the choice by <c>acc_norm</c> was right.</param>
/// <param name="Activity">Its activity.</param>
internal sealed record ItemLine(long Offset, int Length, bool Correct, string Activity);
