namespace Platform.Evals;

/// <summary>The continuations of one prompt.</summary>
/// <param name="Rows">At least one.</param>
/// <param name="AsksGreedy">Whether to find out if each token was the model's first choice.</param>
public sealed record RowGroup(IReadOnlyList<EncodedContinuation> Rows, bool AsksGreedy = false)
{
    /// <summary>
    /// Tokens of the common beginning that are worth computing once: the last one is left to each row, since it
    /// predicts the continuation's first token.
    /// </summary>
    internal int SharedLength { get; } = Rows.Count < 2 ? 0 : CommonPrefix(Rows);

    private static int CommonPrefix(IReadOnlyList<EncodedContinuation> rows)
    {
        var shared = rows.Min(row => row.ScoreFrom) - 1;
        foreach (var row in rows)
            shared = Math.Min(shared, rows[0].Tokens.AsSpan().CommonPrefixLength(row.Tokens));
        return shared;
    }
}
