using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Platform.Modeling;

/// <summary>
/// Causal attention by <see cref="ProductKernel"/>: each head's whole work on one thread, out of its caches. Products
/// leave out the tiles above the diagonal, which libtorch's batched ones compute and softmax throws away.
/// </summary>
internal sealed unsafe class HeadAttention<T> : IDisposable
    where T : struct, IElement
{
    private const int Columns = ProductKernel.NarrowColumns;
    private const int Rows = ProductKernel.Rows;
    private const int Lines = ProductPacking<T>.Lines;

    private readonly int _heads;
    private readonly int _time;
    private readonly int _size; // hs
    private readonly float _scale;
    private readonly List<Scratch> _scratch = [];
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, void*, long, void*, nint, long, long, void>
        _inPlace, _packed;

    /// <param name="heads">B·nh.</param>
    /// <param name="time">T.</param>
    /// <param name="size">hs.</param>
    public HeadAttention(int heads, int time, int size)
    {
        (_heads, _time, _size) = (heads, time, size);
        _scale = 1 / MathF.Sqrt(size);
        nint Address(bool inPlace) => ProductKernel.Address(T.Type, rounds: Bytes == 2, inPlace, Columns);
        _inPlace = (delegate* unmanaged[Cdecl, SuppressGCTransition]<
            nint, void*, long, void*, nint, long, long, void>)Address(inPlace: true);
        _packed = (delegate* unmanaged[Cdecl, SuppressGCTransition]<
            nint, void*, long, void*, nint, long, long, void>)Address(inPlace: false);
    }

    // Of a number.
    private static int Bytes => sizeof(uint) / ProductPacking<T>.Step;

    private static int Step => ProductPacking<T>.Step;

    /// <summary>Whether sequences and heads are made of whole tiles, and the machine has the instructions.</summary>
    /// <param name="time">T.</param>
    /// <param name="size">hs.</param>
    public static bool Supports(int time, int size) =>
        time % Lines == 0 && size % Columns == 0 && ProductKernel.IsSupported(T.Type);

    /// <summary>Attends.</summary>
    /// <param name="parts">Addresses of queries, keys and values, (B·nh, T, hs) each.</param>
    /// <param name="probabilities">(B·nh, T, T): receives them; 0: they are not wanted.</param>
    /// <param name="result">(B·nh, T, hs).</param>
    public void Forward((nint Q, nint K, nint V) parts, nint probabilities, nint result) =>
        ForHeads((head, scratch) =>
        {
            var (q, k, v) = (Of(parts.Q, head), Of(parts.K, head), Of(parts.V, head));
            var weights = Weights(probabilities, head, scratch);
            Attend(q, k, weights, scratch);
            Weighted(weights, v, Of(result, head), scratch);
        });

    /// <summary>The gradients of queries, keys and values.</summary>
    /// <param name="parts">As in <see cref="Forward"/>.</param>
    /// <param name="probabilities">From there; 0: they are computed again.</param>
    /// <param name="gradient">(B·nh, T, hs): the result's.</param>
    /// <param name="into">(B·nh, T, hs) each.</param>
    public void Backward(
        (nint Q, nint K, nint V) parts, nint probabilities, nint gradient, (nint Q, nint K, nint V) into) =>
        ForHeads((head, scratch) =>
        {
            var (q, k, v) = (Of(parts.Q, head), Of(parts.K, head), Of(parts.V, head));
            var (g, weights, slopes) = (Of(gradient, head), Weights(probabilities, head, scratch), scratch.Slopes);
            if (probabilities == 0)
                Attend(q, k, weights, scratch);
            Turned(weights, g, Of(into.V, head), scratch);
            Scores(g, v, slopes, scratch);
            for (var t = 0; t < _time; t++)
                Kernels<T>.CausalSoftmaxBackwardRow((void*)weights, (void*)slopes, (long)t * _time, t, _time, _scale);
            Weighted(slopes, k, Of(into.Q, head), scratch);
            Turned(slopes, q, Of(into.K, head), scratch);
        });

    public void Dispose() => _scratch.ForEach(scratch => scratch.Dispose());

    private void ForHeads(Action<long, Scratch> body)
    {
        while (_scratch.Count < ComputeDevice.Threads)
            _scratch.Add(new Scratch(_time, _size));
        OpenMp.For(_heads, (thread, first, last) =>
        {
            for (var head = first; head < last; head++)
                body(head, _scratch[thread]);
        });
    }

    private nint Of(nint all, long head) => all + (nint)(head * _time * _size * Bytes);

    private nint Weights(nint probabilities, long head, Scratch scratch) => probabilities == 0
        ? scratch.Weights
        : probabilities + (nint)(head * _time * _time * Bytes);

    private void Attend(nint q, nint k, nint weights, Scratch scratch)
    {
        Scores(q, k, weights, scratch);
        for (var t = 0; t < _time; t++)
            Kernels<T>.CausalSoftmaxRow((void*)weights, (long)t * _time, t, _time, _scale, scratch.Powers);
    }

    // (T, T) = (T, hs)·(T, hs)ᵀ, the lower triangle and what completes its tiles.
    private void Scores(nint left, nint right, nint into, Scratch scratch)
    {
        for (var column = 0; column < _time; column += Columns)
        {
            var columns = Math.Min(Columns, _time - column);
            ProductPacking<T>.Pack(new ProductFactor(right, _size, true), column, columns, 0, _size, scratch.Layout(0));
            for (var row = column; row < _time; row += Rows)
            {
                var tile = scratch.Tile;
                _inPlace(Row(left, row, _size), scratch.Right, _size / Step, tile, left, 0, _size * Bytes);
                Store(tile, Row(into, row, _time) + (column * Bytes), _time, columns);
            }
        }
    }

    // (T, hs) = (T, T)·(T, hs), of the left one's lower triangle.
    private void Weighted(nint left, nint right, nint into, Scratch scratch)
    {
        for (var column = 0; column < _size; column += Columns)
        {
            Lay(right, column, scratch.Layout(0));
            for (var row = 0; row < _time; row += Rows)
            {
                _inPlace(
                    Row(left, row, _time), scratch.Right, (row + Rows) / Step, scratch.Tile, left, 0, _time * Bytes);
                Store(scratch.Tile, Row(into, row, _size) + (column * Bytes), _size, Columns);
            }
        }
    }

    // (T, hs) = (T, T)ᵀ·(T, hs), of the left one's lower triangle.
    private void Turned(nint left, nint right, nint into, Scratch scratch)
    {
        for (var column = 0; column < _size; column += Columns)
            Lay(right, column, scratch.Layout(column));
        for (var first = 0; first < _time; first += Lines)
        {
            var steps = (_time - first) / Step;
            var layout = new ProductLayout((nint)scratch.Left, steps * Rows, 0, Rows);
            ProductPacking<T>.Pack(new ProductFactor(left, _time, false), first, Lines, first, _time, layout);
            for (var column = 0; column < _size; column += Columns)
            {
                var panel = (uint*)scratch.Layout(column).Start + (first / Step * Columns);
                for (var half = 0; half < Lines / Rows; half++)
                {
                    _packed((nint)(scratch.Left + (half * steps * Rows)), panel, steps, scratch.Tile, left, 0, 0);
                    Store(scratch.Tile, Row(into, first + (half * Rows), _size) + (column * Bytes), _size, Columns);
                }
            }
        }
    }

    // Columns of a (T, hs).
    private void Lay(nint right, int column, ProductLayout layout) =>
        ProductPacking<T>.Pack(new ProductFactor(right, _size, false), column, Columns, 0, _time, layout);

    private static nint Row(nint matrix, int row, int width) => matrix + (nint)((long)row * width * Bytes);

    // A tile's first columns, a multiple of 16.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store(byte* tile, nint into, int width, int columns)
    {
        var (distance, length, from) = (Columns * Bytes, columns * Bytes, width * Bytes);
        for (var row = 0; row < Rows; row++)
        {
            for (var at = 0; at < length; at += Vector256<byte>.Count)
                Vector256.Load(tile + (row * distance) + at).Store((byte*)into + (row * from) + at);
        }
    }

    // One thread's.
    private sealed class Scratch : IDisposable
    {
        private readonly List<nint> _taken = [];
        private readonly int _time;

        public Scratch(int time, int size)
        {
            _time = time;
            Tile = (byte*)Take(Rows * Columns * sizeof(float));
            Right = (uint*)Take(Math.Max(time * size, size * Columns) * Bytes);
            Left = (uint*)Take(time * Lines * Bytes);
            Powers = (float*)Take((time + Vector512<float>.Count) * sizeof(float));
            Weights = Take((long)time * time * Bytes);
            Slopes = Take((long)time * time * Bytes);
        }

        public byte* Tile { get; }

        /// <summary>A right factor's columns, laid out.</summary>
        public uint* Right { get; }

        /// <summary>A left factor's 16 rows, laid out.</summary>
        public uint* Left { get; }

        /// <summary>A row of scores.</summary>
        public float* Powers { get; }

        public nint Weights { get; } // (T, T)

        public nint Slopes { get; } // (T, T)

        /// <summary>Where columns from one on are laid out that are T long.</summary>
        public ProductLayout Layout(int column) =>
            new((nint)(Right + ((long)column * (_time / Step))), Rows, Lines, Columns);

        public void Dispose() => _taken.ForEach(memory => NativeMemory.AlignedFree((void*)memory));

        private nint Take(long bytes)
        {
            var memory = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            _taken.Add(memory);
            return memory;
        }
    }
}
