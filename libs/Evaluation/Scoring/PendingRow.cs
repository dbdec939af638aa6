namespace Platform.Evals;

/// <summary>A row on its way through the model.</summary>
/// <param name="Row">Its tokens.</param>
/// <param name="Slot">Where its beginning is cached.</param>
/// <param name="Shared">Tokens of that beginning.</param>
/// <param name="AsksGreedy">Whether to compare with the model's first choices.</param>
/// <param name="Results">Gets its scores.</param>
/// <param name="Place">Where in them.</param>
internal sealed record PendingRow(
    EncodedContinuation Row, int Slot, int Shared, bool AsksGreedy, ScoredContinuation[] Results, int Place)
{
    /// <summary>Tokens that are computed for it alone; the last one of all is only predicted.</summary>
    public int Count => Row.Tokens.Length - 1 - Shared;
}
