using System.Numerics;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Batches;

/// <summary>
/// build-nanogpt's DataLoaderLite: shards in order, round and round; a batch is B·T tokens on end, ranks side by side
/// (offset B·T·rank, stride B·T·world), the next shard when fewer than B·T·world + 1 tokens are left.
/// </summary>
/// <remarks>
/// build-nanogpt compares each rank's own position with the shard's end, so its ranks may change shards at different
/// steps. Here all go by rank 0's, so that N ranks read exactly what one rank with N times the rows reads; with one
/// rank there is no difference. Shards too short for one batch are passed over.
/// </remarks>
public sealed class SequentialBatchLoader : IBatchLoader
{
    private readonly TokenShardSet _shards;
    private BatchPosition _position;

    /// <summary>Starts at the first shard.</summary>
    /// <exception cref="DatasetTooSmallException">No shard holds B·T·world + 1 tokens.</exception>
    public SequentialBatchLoader(TokenShardSet shards, BatchShape shape)
    {
        _shards = shards;
        Shape = shape.Checked();
        if (!shards.Shards.Any(Fits))
            throw shape.TooSmall(shards, Shape.GlobalTokens + 1);
        _position = AtShardThatFits(BatchPosition.Start);
    }

    /// <inheritdoc/>
    public BatchShape Shape { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The position lies outside of the data set.</exception>
    public BatchPosition Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value.Shard);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value.Shard, _shards.Shards.Count);
            ArgumentOutOfRangeException.ThrowIfNegative(value.Offset);
            _position = AtShardThatFits(value);
        }
    }

    /// <inheritdoc/>
    public void Next<TToken>(Span<TToken> inputs, Span<TToken> targets)
        where TToken : unmanaged, IBinaryInteger<TToken>
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Length, Shape.Tokens);
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, Shape.Tokens);
        var shard = _shards.Shards[_position.Shard];
        var start = _position.Offset + (long)Shape.Tokens * Shape.Rank;
        shard.CopyTo(start, inputs);
        shard.CopyTargetsTo(start + 1, targets);
        _position = AtShardThatFits(_position with
        {
            Batches = _position.Batches + 1,
            Offset = _position.Offset + Shape.GlobalTokens,
        });
    }

    private BatchPosition AtShardThatFits(BatchPosition position)
    {
        while (position.Offset + Shape.GlobalTokens + 1 > _shards.Shards[position.Shard].Count)
            position = position with { Shard = (position.Shard + 1) % _shards.Shards.Count, Offset = 0 };
        return position;
    }

    private bool Fits(TokenShard shard) => Shape.GlobalTokens + 1 <= shard.Count;
}
