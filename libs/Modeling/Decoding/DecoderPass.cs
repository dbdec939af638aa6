namespace Platform.Modeling;

/// <summary>
/// One pass of a few rows through a served model: each row is one token of some text. Its buffers live as long as it.
/// </summary>
internal sealed unsafe class DecoderPass : IDisposable
{
    private enum After
    {
        Nothing,
        Gelu,
        Residual,
    }

    // Rows of weights that all tiles of activations use while they are in the processor's cache.
    private const int BlockOutputs = 24;

    private readonly GptConfig _config;
    private readonly ServedModel _served;
    private readonly KvCache _cache;
    private readonly ThreadTeam _team;
    private readonly int _width;
    private readonly FloatBuffer _x; // (R, C): the residual stream
    private readonly FloatBuffer _input; // (R, 4C): what goes into the next product
    private readonly FloatBuffer _packed; // the same for the kernels
    private readonly FloatBuffer _steps; // (R): what one step of a row's integers is
    private readonly FloatBuffer _output; // (R, 4C)
    private readonly FloatBuffer _scores; // (nh, T)
    private readonly int[] _slots;
    private readonly int[] _positions;
    private readonly PackedAdapter?[]?[] _adapters;
    private readonly Action<int> _multiply;
    private readonly Action<int> _attend;
    private readonly Action<int> _reduce;
    private FloatBuffer _low; // (R, the largest rank)
    private int _rows;

    // The product that is being computed.
    private PackedMatrix _matrix;
    private int _module;
    private float* _from;
    private float* _y;
    private nint _stride;
    private int _chunk;
    private After _after;
    private int _block;

    public DecoderPass(GptConfig config, ServedModel served, KvCache cache, int maxRows, int threads)
    {
        (_config, _served, _cache, MaxRows, _width) = (config, served, cache, maxRows, config.NEmbd);
        _team = new ThreadTeam(threads);
        var padded = maxRows + DotKernels.MaxTile;
        _x = new FloatBuffer((long)maxRows * _width);
        _input = new FloatBuffer(4L * maxRows * _width);
        _packed = new FloatBuffer(4L * padded * _width);
        _steps = new FloatBuffer(padded);
        _output = new FloatBuffer(4L * maxRows * _width);
        _low = new FloatBuffer(maxRows * 64L);
        _scores = new FloatBuffer((long)config.NHead * config.BlockSize);
        (_slots, _positions) = (new int[maxRows], new int[maxRows]);
        _adapters = new PackedAdapter?[]?[maxRows];
        _matrix = served.Head;
        (_multiply, _attend, _reduce) = (Multiply, Attend, Reduce);
    }

    /// <summary>The most rows of a pass.</summary>
    public int MaxRows { get; }

    /// <summary>Begins a pass.</summary>
    public void Begin(int rows) => _rows = rows;

    /// <summary>Says what a row is: a token, and where it comes to stand.</summary>
    public void Set(int row, int token, int slot, int position, PackedAdapter?[]? adapter)
    {
        (_slots[row], _positions[row], _adapters[row]) = (slot, position, adapter);
        var x = _x.Start + (row * _width);
        var tokenRow = (float*)_served.TokenRows.Weights + ((nint)token * _width);
        var positionRow = (float*)_served.PositionRows.Weights + ((nint)position * _width);
        for (var k = 0; k < _width; k++)
            x[k] = tokenRow[k] + positionRow[k];
    }

    /// <summary>Computes the blocks; keys and values go into the cache, whose lengths the caller sets.</summary>
    public void Run()
    {
        for (_block = 0; _block < _config.NLayer; _block++)
        {
            Normalise(_served[_block, 0]);
            Product(_served[_block, 1], _input, After.Nothing);
            AttendAll();
            Product(_served[_block, 2], _input, After.Residual);
            Normalise(_served[_block, 3]);
            Product(_served[_block, 4], _input, After.Gelu);
            Product(_served[_block, 5], _output, After.Residual); // packed before it is written over
        }
    }

    /// <summary>The scores after some of the pass's rows.</summary>
    public void Head(int from, int count, Span<float> logits)
    {
        Normalise(_served.LastNorm);
        if (from > 0)
            new Span<float>(_input.Start + (from * _width), count * _width).CopyTo(new(_input.Start, count * _width));
        Scores(count, logits);
    }

    /// <summary>The scores of states that were computed elsewhere, behind the last norm.</summary>
    public void HeadOf(ReadOnlySpan<float> states, int count, Span<float> logits)
    {
        states.CopyTo(new Span<float>(_input.Start, states.Length));
        Scores(count, logits);
    }

    public void Dispose()
    {
        _team.Dispose();
        foreach (var buffer in (FloatBuffer[])[_x, _input, _packed, _steps, _output, _low, _scores])
            buffer.Dispose();
    }

    private void Scores(int count, Span<float> logits)
    {
        var all = _rows;
        _rows = count;
        fixed (float* y = logits)
        {
            (_matrix, _module, _after) = (_served.Head, -1, After.Nothing);
            _from = _input.Start;
            _y = y;
            _stride = _config.VocabSize;
            PackRows(_width);
            RunProduct();
        }

        _rows = all;
    }

    private void Normalise(ServedModule norm)
    {
        for (var row = 0; row < _rows; row++)
        {
            var bias = _adapters[row]?[norm.Index] is { Bias: not null } part ? part.Bias
                : norm.Bias is null ? null : norm.Bias.Start;
            RowKernels.LayerNorm(
                _x.Start + (row * _width), norm.Weight!.Start, bias, _input.Start + (row * _width), _width,
                (float)_config.LayerNormEpsilon);
        }
    }

    private void Product(ServedModule module, FloatBuffer from, After after)
    {
        (_matrix, _module, _after) = (module.Matrix!, module.Index, after);
        _from = from.Start;
        _y = _output.Start;
        _stride = _matrix.Outputs;
        ReduceRows();
        PackRows(_matrix.Width);
        RunProduct();
    }

    // A·x of every row with an adapter.
    private void ReduceRows()
    {
        var (ranks, count) = (0, 0);
        for (var row = 0; row < _rows; row++)
        {
            var rank = _adapters[row]?[_module]?.Rank ?? 0;
            ranks = Math.Max(ranks, rank);
            count += rank > 0 ? 1 : 0;
        }

        if (count == 0)
            return;
        if (_low.Length < (long)ranks * MaxRows)
        {
            _low.Dispose();
            _low = new FloatBuffer((long)ranks * MaxRows);
        }

        if (count > 2)
        {
            _team.Run(_rows, 1, _reduce);
            return;
        }

        for (var row = 0; row < _rows; row++)
            Reduce(row);
    }

    private void Reduce(int row)
    {
        if (_adapters[row]?[_module] is not { Rank: > 0 } part)
            return;
        var width = _matrix.Width;
        var x = _from + ((nint)row * width);
        for (var j = 0; j < part.Rank; j++)
            Low(row)[j] = RowKernels.Dot(part.A + ((nint)j * width), x, width);
    }

    private float* Low(int row) => _low.Start + (row * (_low.Length / MaxRows));

    // Below this one thread is done before another has heard of it.
    private static bool IsSmall(long products) => products < 100_000;

    private void PackRows(int width)
    {
        var packed = (byte*)_packed.Start;
        for (int row = 0, tile; row < _rows; row += tile, packed += TileBytes(tile))
        {
            tile = Tile(_rows - row);
            var from = _from + ((nint)row * width);
            var rows = Math.Min(tile, _rows - row);
            if (_matrix.HasShortActivations)
                ShortKernels.Pack(_matrix.Kind, from, rows, width, tile, packed, _steps.Start + row);
            else
                DotKernels.Pack(from, rows, width, tile, (float*)packed);
        }
    }

    private int Tile(int rows) => _matrix.HasShortActivations ? ShortKernels.Tile(rows) : DotKernels.Tile(rows);

    private nint TileBytes(int tile) =>
        (nint)tile * _matrix.Width * (_matrix.HasShortActivations ? sizeof(ushort) : sizeof(float));

    private void RunProduct()
    {
        const int MinChunk = 48;
        const int MaxChunk = 480;
        var even = _matrix.Outputs / (_team.Count * 4);
        _chunk = IsSmall((long)_rows * _matrix.Outputs * _matrix.Width)
            ? _matrix.Outputs
            : Math.Clamp((even + 47) / 48 * 48, MinChunk, MaxChunk);
        _team.Run(_matrix.Outputs, _chunk, _multiply);
    }

    private void Multiply(int from)
    {
        var to = Math.Min(from + _chunk, _matrix.Outputs);
        var block = _rows <= Tile(_rows) ? to - from : BlockOutputs;
        for (var o = from; o < to; o += block)
        {
            var packed = (byte*)_packed.Start;
            for (int row = 0, tile; row < _rows; row += tile, packed += TileBytes(tile))
            {
                tile = Tile(_rows - row);
                Multiply(packed, row, tile, o, Math.Min(o + block, to));
            }
        }

        if (_module >= 0)
            Finish(from, to);
    }

    private void Multiply(byte* packed, int row, int tile, int from, int to)
    {
        var rows = Math.Min(tile, _rows - row);
        var y = _y + (row * _stride);
        // The first tile meets weights that come from memory, the others find them in the cache.
        var ahead = row == 0 ? BlockOutputs : 0;
        if (_matrix.HasShortActivations)
        {
            ShortKernels.Multiply(_matrix, packed, _steps.Start + row, tile, rows, y, _stride, from, to, ahead);
            return;
        }

        switch (_matrix.Kind)
        {
            case WeightKind.Fp32:
                Multiply<Fp32Row>((float*)packed, tile, rows, y, from, to, ahead);
                break;
            case WeightKind.Bf16:
                Multiply<Bf16Row>((float*)packed, tile, rows, y, from, to, ahead);
                break;
            default:
                Multiply<Int8Row>((float*)packed, tile, rows, y, from, to, ahead);
                break;
        }
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
        }
    }

    private void AttendAll()
    {
        var seen = 0L;
        for (var row = 0; row < _rows; row++)
            seen += _positions[row] + 1;
        if (!IsSmall(2 * seen * _width))
        {
            _team.Run(_config.NHead, 1, _attend);
            return;
        }

        for (var head = 0; head < _config.NHead; head++)
            Attend(head);
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
            var k = _output.Start + (row * 3 * _width) + _width + (head * size);
            AttentionKernels.Store<TRow>(k, keys + at, size);
            AttentionKernels.Store<TRow>(k + _width, values + at, size);
        }

        for (var row = 0; row < _rows; row++)
        {
            var at = Offset<TRow>(row, head, 0);
            AttentionKernels.Attend<TRow>(
                _output.Start + (row * 3 * _width) + (head * size), keys + at, values + at, _positions[row] + 1, size,
                _scores.Start + ((nint)head * _config.BlockSize), _input.Start + (row * _width) + (head * size));
        }
    }

    private nint Offset<TRow>(int row, int head, int position)
        where TRow : struct, IWeightRow =>
        (((((nint)_slots[row] * _config.NHead) + head) * _cache.Capacity) + position) * _config.HeadSize * TRow.Size;
}
