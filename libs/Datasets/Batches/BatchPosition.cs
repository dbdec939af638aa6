namespace Platform.Datasets.Batches;

/// <summary>
/// Where a loader stands: all that an exact resume needs. It is the same on every rank, so it may be stored once.
/// </summary>
/// <param name="Batches">Batches handed out so far by one process; the random loader needs nothing else.</param>
/// <param name="Shard">Index of the shard that the next batch comes from.</param>
/// <param name="Offset">The next batch's first token in that shard, for rank 0.</param>
public sealed record BatchPosition(long Batches, int Shard, long Offset)
{
    /// <summary>The very beginning.</summary>
    public static BatchPosition Start { get; } = new(0, 0, 0);
}
