using Platform.Datasets.Shards;

namespace Platform.Datasets.Batches;

/// <summary>The size of a batch and the place of this process among those that train together.</summary>
/// <param name="Rows">B: sequences in one process's batch, at least 1.</param>
/// <param name="Columns">T: tokens of a sequence, at least 1.</param>
/// <param name="Rank">This process, from 0 to World − 1.</param>
/// <param name="World">Processes in all.</param>
public sealed record BatchShape(int Rows, int Columns, int Rank = 0, int World = 1)
{
    /// <summary>B·T: predictions in one process's batch, and what each of the two spans of a batch must hold.</summary>
    public int Tokens => checked(Rows * Columns);

    /// <summary>B·T·world: predictions of all processes together.</summary>
    public long GlobalTokens => (long)Tokens * World;

    /// <summary>Throws where a value is out of its range.</summary>
    public BatchShape Checked()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Columns);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(World);
        ArgumentOutOfRangeException.ThrowIfNegative(Rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Rank, World);
        _ = Tokens;
        return this;
    }

    internal DatasetTooSmallException TooSmall(TokenShardSet shards, long needed) => new(
        $"The {shards.Split} part of the data set '{shards.Folder}' has no {needed:N0} tokens in one piece, which a"
        + $" batch of {Rows} × {Columns} on {World} process(es) needs (it has {shards.Count:N0} in"
        + $" {shards.Shards.Count} shard(s)). Use more text, a smaller batch or a shorter sequence.");
}
