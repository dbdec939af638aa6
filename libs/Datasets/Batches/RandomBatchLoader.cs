using System.Numerics;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Batches;

/// <summary>
/// nanoGPT's get_batch: every row starts at a place of its own, drawn uniformly from the whole split. The draws are a
/// function of seed, batch, rank and row alone, so a resumed run needs to know only how many batches were handed out.
/// N ranks draw what one rank with N times the rows draws.
/// </summary>
public sealed class RandomBatchLoader : IBatchLoader
{
    private readonly TokenShardSet _shards;
    private readonly ulong _key;
    private readonly ulong _starts;
    private long _batches;

    /// <summary>Starts with the first draw.</summary>
    /// <exception cref="DatasetTooSmallException">The split holds fewer than T + 1 tokens.</exception>
    public RandomBatchLoader(TokenShardSet shards, BatchShape shape, long seed)
    {
        _shards = shards;
        Shape = shape.Checked();
        if (shards.Count < shape.Columns + 1L)
            throw shape.TooSmall(shards, shape.Columns + 1L);
        _key = CounterRandom.Mix((ulong)seed);
        _starts = (ulong)(shards.Count - shape.Columns);
    }

    /// <inheritdoc/>
    public BatchShape Shape { get; }

    /// <inheritdoc/>
    public BatchPosition Position
    {
        get => new(_batches, 0, 0);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value.Batches);
            _batches = value.Batches;
        }
    }

    /// <inheritdoc/>
    public void Next<TToken>(Span<TToken> inputs, Span<TToken> targets)
        where TToken : unmanaged, IBinaryInteger<TToken>
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Length, Shape.Tokens);
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, Shape.Tokens);
        var firstRow = (_batches * Shape.World + Shape.Rank) * Shape.Rows;
        for (var row = 0; row < Shape.Rows; row++)
        {
            var start = (long)CounterRandom.Below(_starts, _key, (ulong)(firstRow + row));
            _shards.CopyTo(start, inputs.Slice(row * Shape.Columns, Shape.Columns));
            _shards.CopyTargetsTo(start + 1, targets.Slice(row * Shape.Columns, Shape.Columns));
        }

        _batches++;
    }
}
