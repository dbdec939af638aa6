using System.Numerics;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Batches;

/// <summary>
/// A split in order from its start, over the borders of shards: prediction i (of token i + 1 from those before it in
/// its row) stands in exactly one batch. All batches are B × T but the last ones: fewer rows, then the remainder as one
/// shorter row. A mean over the split is the sum over all predictions divided by their number, which
/// <see cref="ValidationBatch.Tokens"/> gives for each batch. Ranks take batches in turn.
/// </summary>
public sealed class ValidationBatches
{
    private readonly TokenShardSet _shards;
    private readonly BatchShape _shape;
    private readonly long _fullRows;
    private readonly int _rowStride;

    /// <summary>Covers the first batches of the split, or all of it.</summary>
    /// <param name="shards">The split.</param>
    /// <param name="shape">B and T, and which batches are this process's.</param>
    /// <param name="limit">So many batches over all ranks at most; null: the whole split.</param>
    /// <param name="rowTokens">Tokens of a row where every row stands for itself: T of the shape must be one less.
    /// Null: one long sequence.</param>
    /// <exception cref="DatasetTooSmallException">The split holds fewer than two tokens.</exception>
    public ValidationBatches(TokenShardSet shards, BatchShape shape, int? limit = null, int? rowTokens = null)
    {
        _shards = shards;
        _shape = shape.Checked();
        if (limit is { } count)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(limit));
        if (shards.Count < 2)
            throw shape.TooSmall(shards, 2);

        if (rowTokens is { } row)
            ArgumentOutOfRangeException.ThrowIfNotEqual(row, shape.Columns + 1, nameof(rowTokens));
        _rowStride = rowTokens ?? shape.Columns;
        // Of rows that stand for themselves, the last token of each is a target only.
        var predictions = rowTokens is { } tokens ? shards.Count / tokens * shape.Columns : shards.Count - 1;
        _fullRows = predictions / shape.Columns;
        var remainder = predictions % shape.Columns;
        var batches = (_fullRows + shape.Rows - 1) / shape.Rows + (remainder > 0 ? 1 : 0);
        Count = limit is { } most ? Math.Min(most, batches) : batches;
        // A limit that ends before the short ones counts whole batches only.
        PredictionCount = Count == batches ? predictions : Math.Min(Count * shape.Tokens, _fullRows * shape.Columns);
        if (shards.IsMasked)
            PredictionCount = Enumerable.Range(0, (int)Count).Sum(index => CountTargets(Describe(index)));
    }

    /// <summary>Batches over all ranks.</summary>
    public long Count { get; }

    /// <summary>Predictions over all batches and ranks that count in the loss.</summary>
    public long PredictionCount { get; }

    /// <summary>This rank's batches in order: every world-th, beginning with its own number.</summary>
    public IEnumerable<ValidationBatch> ForRank()
    {
        for (long index = _shape.Rank; index < Count; index += _shape.World)
            yield return Describe(index);
    }

    /// <summary>Fills one batch.</summary>
    /// <param name="batch">One of <see cref="ForRank"/>.</param>
    /// <param name="inputs">At least <see cref="ValidationBatch.Tokens"/> long; the front is filled.</param>
    /// <param name="targets">Likewise: the inputs one token later, <see cref="TokenShard.Ignored"/> where they do not
    /// count.</param>
    public void Read<TToken>(ValidationBatch batch, Span<TToken> inputs, Span<TToken> targets)
        where TToken : unmanaged, IBinaryInteger<TToken>
    {
        if (_rowStride == batch.Columns || batch.Rows == 1)
        {
            _shards.CopyTo(batch.Start, inputs[..batch.Tokens]);
            _shards.CopyTargetsTo(batch.Start + 1, targets[..batch.Tokens]);
            return;
        }

        for (var row = 0; row < batch.Rows; row++)
        {
            var start = batch.Start + (long)row * _rowStride;
            _shards.CopyTo(start, inputs.Slice(row * batch.Columns, batch.Columns));
            _shards.CopyTargetsTo(start + 1, targets.Slice(row * batch.Columns, batch.Columns));
        }
    }

    /// <summary>How many predictions of a batch count in the loss.</summary>
    public long CountTargets(ValidationBatch batch)
    {
        if (_rowStride == batch.Columns)
            return _shards.CountTargets(batch.Start + 1, batch.Tokens);
        var count = 0L;
        for (var row = 0; row < batch.Rows; row++)
            count += _shards.CountTargets(batch.Start + (long)row * _rowStride + 1, batch.Columns);
        return count;
    }

    private ValidationBatch Describe(long index)
    {
        var firstRow = index * _shape.Rows;
        if (firstRow < _fullRows)
        {
            var rows = (int)Math.Min(_shape.Rows, _fullRows - firstRow);
            return new ValidationBatch(firstRow * _rowStride, rows, _shape.Columns);
        }

        var start = _fullRows * _shape.Columns;
        return new ValidationBatch(start, 1, (int)(_shards.Count - 1 - start));
    }
}
