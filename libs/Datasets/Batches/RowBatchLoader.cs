using System.Numerics;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Batches;

/// <summary>
/// Rows of T + 1 tokens that stand for themselves (padded instructions): in order, round and round, or drawn uniformly.
/// Ranks take rows side by side, so N ranks read what one rank with N times the rows reads.
/// </summary>
public sealed class RowBatchLoader : IBatchLoader
{
    private readonly TokenShardSet _shards;
    private readonly long _rows;
    private readonly ulong? _key;
    private long _batches;

    /// <summary>Starts with the first row, or the first draw.</summary>
    /// <param name="shards">The split; its rows have one token more than the shape has columns.</param>
    /// <param name="shape">B and T, and this process's place.</param>
    /// <param name="seed">For drawing rows; null: in order.</param>
    /// <exception cref="DatasetTooSmallException">The split holds no row.</exception>
    public RowBatchLoader(TokenShardSet shards, BatchShape shape, long? seed = null)
    {
        _shards = shards;
        Shape = shape.Checked();
        _rows = shards.Count / (shape.Columns + 1);
        if (_rows == 0)
            throw shape.TooSmall(shards, shape.Columns + 1L);
        _key = seed is { } value ? CounterRandom.Mix((ulong)value) : null;
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
        var first = (_batches * Shape.World + Shape.Rank) * Shape.Rows;
        for (var i = 0; i < Shape.Rows; i++)
        {
            var row = _key is { } key
                ? (long)CounterRandom.Below((ulong)_rows, key, (ulong)(first + i))
                : (first + i) % _rows;
            var start = row * (Shape.Columns + 1);
            _shards.CopyTo(start, inputs.Slice(i * Shape.Columns, Shape.Columns));
            _shards.CopyTargetsTo(start + 1, targets.Slice(i * Shape.Columns, Shape.Columns));
        }

        _batches++;
    }
}
