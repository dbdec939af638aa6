namespace Platform.Evals;

/// <summary>The continuations of one prompt.</summary>
/// <param name="Rows">At least one.</param>
/// <param name="AsksGreedy">Whether to find out if each token was the model's first choice.</param>
public sealed record RowGroup(IReadOnlyList<EncodedContinuation> Rows, bool AsksGreedy = false)
{
    /// <summary>
    /// Tokens of the common beginning: computed once, they serve all rows. At the most the shortest context, whose last
    /// token predicts its continuation's first.
    /// </summary>
    internal int SharedLength { get; } = Rows.Count < 2 ? 0 : CommonPrefix(Rows);

    private static int CommonPrefix(IReadOnlyList<EncodedContinuation> rows)
    {
        var shared = rows.Min(row => row.ScoreFrom);
        foreach (var row in rows)
            shared = Math.Min(shared, rows[0].Tokens.AsSpan().CommonPrefixLength(row.Tokens));
        return shared;
    }
}
