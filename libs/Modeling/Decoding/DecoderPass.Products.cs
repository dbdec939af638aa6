namespace Platform.Modeling;

// The matrix products of a pass: their input as the kernels read it, the threads' shares, and what comes behind.
internal sealed unsafe partial class DecoderPass
{
    // Bytes of weights that all tiles of activations use while they are in the processor's second cache, where the next
    // ones are brought meanwhile: enough to bridge the time that memory takes.
    private const int BlockBytes = 24 << 10;

    // The same in rows for the kernels that take floats, three or four of them at a time.
    private const int BlockOutputs = 24;

    // Chunks begin at multiples of this: of the kernels' outputs together, and of their steps where a chunk is packed
    // for the next product.
    private const int ChunkOutputs = 96;

    private PackedMatrix _matrix;
    private int _module;
    private float* _from; // its input's rows
    private nint _fromStride;
    private bool _isPacked; // whether the input is packed already
    private float* _y;
    private nint _stride;
    private int _chunk;
    private After _after;
    private PackedMatrix? _next; // the product that reads what this one gives, packed chunk by chunk; null: later

    private void From(float* rows, nint stride)
    {
        _from = rows;
        (_fromStride, _isPacked) = (stride, false);
    }

    private void Product(ServedModule module, After after, PackedMatrix? next = null)
    {
        (_matrix, _module, _after) = (module.Matrix!, module.Index, after);
        _next = next is not null && CanPackPart(next) ? next : null;
        ReduceRows();
        if (!_isPacked)
            PackRows();
        _y = _output.Start;
        _stride = _matrix.Outputs + Apart;
        RunProduct();
        From(_y, _stride);
        if (_next is null)
            return;
        (_packed, _packedNext) = (_packedNext, _packed);
        _isPacked = true;
    }

    // Integers have a scale for all of a row.
    private static bool CanPackPart(PackedMatrix matrix) =>
        matrix is { HasShortActivations: true, Kind: WeightKind.Bf16 };

    private void PackRows()
    {
        if (!IsSmall(8L * _rows * _matrix.Width))
        {
            _team.Run(_rows, 1, _pack);
            return;
        }

        for (var row = 0; row < _rows; row++)
            PackRow(row);
    }

    private void PackRow(int row)
    {
        var width = _matrix.Width;
        var packed = (byte*)_packed.Start + Place(_matrix, row, out var tile, out var m);
        var x = _from + (row * _fromStride);
        if (_matrix.HasShortActivations)
            ShortKernels.PackRow(_matrix.Kind, x, 0, width, tile, m, packed, _steps.Start + row);
        else
            DotKernels.PackRow(x, width, tile, m, (float*)packed);
    }

    // Where a row's tile begins among those packed, and the row's place in it. Rows that only fill a tile up stay as
    // they are: nobody reads their sums.
    private nint Place(PackedMatrix matrix, int row, out int tile, out int m)
    {
        nint start = 0;
        m = row;
        for (tile = Tile(matrix, _rows); m >= tile; tile = Tile(matrix, _rows - row + m))
        {
            m -= tile;
            start += TileBytes(matrix, tile);
        }

        return start;
    }

    private static int Tile(PackedMatrix matrix, int rows) =>
        matrix.HasShortActivations ? ShortKernels.Tile(rows) : DotKernels.Tile(rows);

    private static nint TileBytes(PackedMatrix matrix, int tile) =>
        (nint)tile * matrix.Width * (matrix.HasShortActivations ? sizeof(ushort) : sizeof(float));

    private void RunProduct()
    {
        const int MaxChunk = 5 * ChunkOutputs;
        var even = _matrix.Outputs / (_team.Count * 4);
        _chunk = IsSmall((long)_rows * _matrix.Outputs * _matrix.Width)
            ? _matrix.Outputs
            : Math.Clamp((even + ChunkOutputs - 1) / ChunkOutputs * ChunkOutputs, ChunkOutputs, MaxChunk);
        _team.Run(_matrix.Outputs, _chunk, _multiply);
    }

    private void Multiply(int from)
    {
        var to = Math.Min(from + _chunk, _matrix.Outputs);
        var ahead = _matrix.HasShortActivations
            ? (int)Math.Max(DotCode.Together, BlockBytes / _matrix.RowBytes / DotCode.Together * DotCode.Together)
            : BlockOutputs;
        var block = _rows <= Tile(_matrix, _rows) ? to - from : ahead;
        for (var o = from; o < to; o += block)
        {
            var packed = (byte*)_packed.Start;
            for (int row = 0, tile; row < _rows; row += tile, packed += TileBytes(_matrix, tile))
            {
                tile = Tile(_matrix, _rows - row);
                Multiply(packed, row, tile, o, Math.Min(o + block, to), ahead);
            }
        }

        if (_module >= 0)
            Finish(from, to);
    }

    private void Multiply(byte* packed, int row, int tile, int from, int to, int ahead)
    {
        var rows = Math.Min(tile, _rows - row);
        var y = _y + (row * _stride);
        if (_matrix.HasShortActivations)
        {
            ShortKernels.Multiply(
                _matrix, packed, _steps.Start + row, tile, rows, y, _stride, from, to, Ahead(row, tile, ahead));
            return;
        }

        // The first tile meets weights that come from memory, the others find them in the cache.
        var outputs = row == 0 ? ahead : 0;
        switch (_matrix.Kind)
        {
            case WeightKind.Fp32:
                Multiply<Fp32Row>((float*)packed, tile, rows, y, from, to, outputs);
                break;
            case WeightKind.Bf16:
                Multiply<Bf16Row>((float*)packed, tile, rows, y, from, to, outputs);
                break;
            default:
                Multiply<Int8Row>((float*)packed, tile, rows, y, from, to, outputs);
                break;
        }
    }

    // The first two tiles share the reading ahead.
    private ReadAhead Ahead(int row, int tile, int outputs)
    {
        if (row == 0)
            return new ReadAhead(outputs, tile >= _rows ? 2 : 1);
        return row == Tile(_matrix, _rows) ? new ReadAhead(outputs, 1, IsSecond: true) : default;
    }

    private void Multiply<TRow>(float* packed, int tile, int rows, float* y, int from, int to, int ahead)
        where TRow : struct, IWeightRow =>
        DotKernels.Multiply<TRow>(
            _matrix.Weights, _matrix.Scales, packed, tile, rows, _matrix.Width, y, _stride, from, to, ahead);

    // The adapter's part, the bias, and what comes behind the product.
    private void Finish(int from, int to)
    {
        for (var row = 0; row < _rows; row++)
        {
            var y = _y + (row * _stride);
            var part = _adapters[row]?[_module];
            for (var j = 0; j < (part?.Rank ?? 0); j++)
                RowKernels.Add(y, part!.B + ((nint)j * _matrix.Outputs), Low(row)[j], from, to);
            if (part is { Ratios: not null })
                RowKernels.Scale(y, part.Ratios, from, to);
            var bias = part is { Bias: not null } ? part.Bias : _matrix.Bias;
            if (bias != null)
                RowKernels.Add(y, bias, 1, from, to);
            if (_after == After.Gelu)
                RowKernels.Gelu(y, from, to);
            else if (_after == After.Residual)
                RowKernels.Add(_x.Start + (row * _width), y, 1, from, to);
            if (_next is not null)
                PackPart(_packedNext, _next, row, y, from, to);
        }
    }

    // Numbers from … to of a row of the next product's input.
    private void PackPart(FloatBuffer packed, PackedMatrix matrix, int row, float* x, int from, int to)
    {
        var start = Place(matrix, row, out var tile, out var m);
        ShortKernels.PackRow(matrix.Kind, x, from, to, tile, m, (byte*)packed.Start + start, null);
    }
}
