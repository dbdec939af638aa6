namespace Platform.Evals;

/// <summary>A row on its way through the model.</summary>
/// <param name="Row">Its tokens.</param>
/// <param name="Slot">Where its beginning is cached.</param>
/// <param name="Shared">Tokens of that beginning.</param>
/// <param name="Score">Gathers its score.</param>
internal sealed record PendingRow(EncodedContinuation Row, int Slot, int Shared, RowScore Score)
{
    /// <summary>Tokens that are computed for it alone; the last one of all is only predicted.</summary>
    public int Count => Row.Tokens.Length - 1 - Shared;

    /// <summary>
    /// What the states of its own tokens predict: of its continuation all but a first token that the shared beginning
    /// predicts.
    /// </summary>
    /// <param name="begin">Where its states begin among those of a pass.</param>
    public IEnumerable<(long Place, int Token)> Predictions(long begin)
    {
        for (var at = Math.Max(Row.ScoreFrom, Shared + 1); at < Row.Tokens.Length; at++)
            yield return (begin + at - 1 - Shared, Row.Tokens[at]);
    }
}
