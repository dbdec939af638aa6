namespace Platform.Modeling;

/// <summary>
/// One pass of a few rows through a served model: each row is one token of some text. Its buffers live as long as it.
/// </summary>
internal sealed unsafe partial class DecoderPass : IDisposable
{
    private enum After
    {
        Nothing,
        Gelu,
        Residual,
    }

    // Between the rows of what a product gives there are some numbers more: a distance of whole pages would have all
    // rows share one set of the first cache.
    private const int Apart = 16;

    // From so many rows on a norm is worth the threads.
    private const int ManyRows = 4;

    private readonly GptConfig _config;
    private readonly ServedModel _served;
    private readonly KvCache _cache;
    private readonly ThreadTeam _team;
    private readonly int _width;
    private readonly FloatBuffer _x; // (R, C): the residual stream
    private readonly FloatBuffer _input; // (R, C): what goes into the next product
    private readonly FloatBuffer _steps; // (R): what one step of a row's integers is
    private readonly FloatBuffer _output; // (R, 4C and a little)
    private readonly FloatBuffer _scores; // (nh, T)
    private readonly int[] _slots;
    private readonly int[] _positions;
    private readonly PackedAdapter?[]?[] _adapters;
    private readonly Action<int> _multiply;
    private readonly Action<int> _attend;
    private readonly Action<int> _reduce;
    private readonly Action<int> _normalise;
    private readonly Action<int> _pack;
    private FloatBuffer _packed; // what goes into the product, for the kernels
    private FloatBuffer _packedNext; // the same of the product behind it, where that is packed as it comes
    private FloatBuffer _low; // (R, the largest rank)
    private int _rows;
    private int _block;
    private ServedModule? _norm;

    public DecoderPass(GptConfig config, ServedModel served, KvCache cache, int maxRows, int threads)
    {
        (_config, _served, _cache, MaxRows, _width) = (config, served, cache, maxRows, config.NEmbd);
        _team = new ThreadTeam(threads);
        var padded = maxRows + DotKernels.MaxTile;
        _x = new FloatBuffer((long)maxRows * _width);
        _input = new FloatBuffer((long)maxRows * _width);
        _packed = new FloatBuffer(4L * padded * _width);
        _packedNext = new FloatBuffer(4L * padded * _width);
        _steps = new FloatBuffer(padded);
        _output = new FloatBuffer(maxRows * ((4L * _width) + Apart));
        _low = new FloatBuffer(maxRows * 64L);
        _scores = new FloatBuffer((long)config.NHead * config.BlockSize);
        (_slots, _positions) = (new int[maxRows], new int[maxRows]);
        _adapters = new PackedAdapter?[]?[maxRows];
        _matrix = served.Head;
        (_multiply, _attend, _reduce, _normalise, _pack) = (Multiply, Attend, Reduce, NormaliseRow, PackRow);
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
            Normalise(_served[_block, 0], _served[_block, 1].Matrix!);
            Product(_served[_block, 1], After.Nothing);
            AttendAll(_served[_block, 2].Matrix!);
            Product(_served[_block, 2], After.Residual);
            Normalise(_served[_block, 3], _served[_block, 4].Matrix!);
            Product(_served[_block, 4], After.Gelu, next: _served[_block, 5].Matrix);
            Product(_served[_block, 5], After.Residual);
        }
    }

    /// <summary>The scores after some of the pass's rows.</summary>
    public void Head(int from, int count, Span<float> logits)
    {
        Normalise(_served.LastNorm, into: null);
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
        foreach (var buffer in (FloatBuffer[])[_x, _input, _packed, _packedNext, _steps, _output, _low, _scores])
            buffer.Dispose();
    }

    private void Scores(int count, Span<float> logits)
    {
        var all = _rows;
        _rows = count;
        fixed (float* y = logits)
        {
            (_matrix, _module, _after, _next) = (_served.Head, -1, After.Nothing, null);
            _y = y;
            _stride = _config.VocabSize;
            From(_input.Start, _width);
            PackRows();
            RunProduct();
        }

        _rows = all;
    }

    private void Normalise(ServedModule norm, PackedMatrix? into)
    {
        _norm = norm;
        From(_input.Start, _width);
        (_matrix, _isPacked) = (into ?? _matrix, into is not null);
        if (_rows >= ManyRows)
        {
            _team.Run(_rows, 1, _normalise);
            return;
        }

        for (var row = 0; row < _rows; row++)
            NormaliseRow(row);
    }

    private void NormaliseRow(int row)
    {
        var bias = _adapters[row]?[_norm!.Index] is { Bias: not null } part ? part.Bias
            : _norm!.Bias is null ? null : _norm.Bias.Start;
        RowKernels.LayerNorm(
            _x.Start + (row * _width), _norm.Weight!.Start, bias, _input.Start + (row * _width), _width,
            (float)_config.LayerNormEpsilon);
        if (_isPacked)
            PackRow(row);
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
        var x = _from + (row * _fromStride);
        for (var j = 0; j < part.Rank; j++)
            Low(row)[j] = RowKernels.Dot(part.A + ((nint)j * width), x, width);
    }

    private float* Low(int row) => _low.Start + (row * (_low.Length / MaxRows));

    // Below this one thread is done before another has heard of it.
    private static bool IsSmall(long products) => products < 100_000;
}
