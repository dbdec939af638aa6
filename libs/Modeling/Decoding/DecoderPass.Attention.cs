namespace Platform.Modeling;

// Attention of a pass, over the cache and the keys and values that it adds.
internal sealed unsafe partial class DecoderPass
{
    // The queries, keys and values of a row.
    private float* Projected(int row) => _from + (row * _fromStride);

    private void AttendAll(PackedMatrix next)
    {
        // A head's numbers are whole steps of the next product.
        _next = CanPackPart(next) && _config.HeadSize % DotCode.Step == 0 ? next : null;
        var seen = 0L;
        for (var row = 0; row < _rows; row++)
            seen += _positions[row] + 1;
        if (!IsSmall(2 * seen * _width))
        {
            _team.Run(_config.NHead, 1, _attend);
        }
        else
        {
            for (var head = 0; head < _config.NHead; head++)
                Attend(head);
        }

        From(_input.Start, _width);
        _isPacked = _next is not null;
    }

    private void Attend(int head)
    {
        if (_served.Kind == WeightKind.Fp32)
            Attend<Fp32Row>(head);
        else
            Attend<Bf16Row>(head);
    }

    // All rows store before any looks: several may be tokens of one text.
    private void Attend<TRow>(int head)
        where TRow : struct, IWeightRow
    {
        var size = _config.HeadSize;
        var keys = _cache.KeyMemory(_block);
        var values = _cache.ValueMemory(_block);
        for (var row = 0; row < _rows; row++)
        {
            var at = Offset<TRow>(row, head, _positions[row]);
            var k = Projected(row) + _width + (head * size);
            AttentionKernels.Store<TRow>(k, keys + at, size);
            AttentionKernels.Store<TRow>(k + _width, values + at, size);
        }

        for (var row = 0; row < _rows; row++)
        {
            var at = Offset<TRow>(row, head, 0);
            var y = _input.Start + (row * _width);
            if (row + 1 < _rows)
            {
                var next = Offset<TRow>(row + 1, head, 0);
                var bytes = (_positions[row + 1] + 1) * size * TRow.Size;
                AttentionKernels.ReadAhead(keys + next, bytes);
                AttentionKernels.ReadAhead(values + next, bytes);
            }

            AttentionKernels.Attend<TRow>(
                Projected(row) + (head * size), keys + at, values + at, _positions[row] + 1, size,
                _scores.Start + ((nint)head * _config.BlockSize), y + (head * size));
            if (_next is not null)
                PackPart(_packed, _next, row, y, head * size, (head + 1) * size);
        }
    }

    private nint Offset<TRow>(int row, int head, int position)
        where TRow : struct, IWeightRow =>
        (((((nint)_slots[row] * _config.NHead) + head) * _cache.Capacity) + position) * _config.HeadSize * TRow.Size;
}
