using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Platform.Modeling;

/// <summary>
/// Matrix products on the CPU's 512-bit units, in fp32 or from bf16 with sums in fp32, on the threads of libtorch's
/// team. Each number of the result is summed up in one order, whatever the threads.
/// </summary>
/// <remarks>
/// Goto and van de Geijn 2008: a block of the left factor stays in the last cache, laid out once where its rows'
/// numbers do not lie side by side; each thread lays out 48 columns of the right factor, which stay in its second cache
/// while all rows of the block pass.
/// </remarks>
internal sealed unsafe class MatrixProduct<T> : IDisposable
    where T : struct, IElement
{
    // 48 columns of so many steps take 288 KB.
    private const int MostSteps = 1536;

    // Steps of all lines of the left factor's block: 6 MB.
    private const long MostLeft = MostSteps * 1024;

    // Multiplications. Below, libtorch's products are as fast or faster: less has to be laid out.
    private const long LeastWork = 1 << 28;

    // Of the left factor: four panels' rows.
    private const int LinesAtOnce = 64;

    // Numbers between two threads' counters, so that they lie in different cache lines.
    private const int Apart = 16;

    // Bytes of a number.
    private static int Size => sizeof(uint) / ProductPacking<T>.Step;

    private static int W => Vector512<float>.Count;

    // Summands of a block.
    private static long MostDepth => MostSteps * ProductPacking<T>.Step;

    private readonly Buffer _left = new();
    private readonly List<Buffer> _right = [];

    /// <summary>Whether a product is worth doing here: it is large, the tiles fill it well, and the machine has the
    /// instructions.</summary>
    /// <param name="rows">Of the result.</param>
    /// <param name="columns">Of the result.</param>
    /// <param name="depth">Summands of each number.</param>
    /// <param name="intoFloat">Whether the result is in fp32.</param>
    public static bool Supports(long rows, long columns, long depth, bool intoFloat)
    {
        if (rows * columns * depth < LeastWork || !ProductKernel.IsSupported(T.Type)
            || (!intoFloat && depth > MostDepth))
            return false;
        var tiled = Round(rows, ProductKernel.Rows) * Round(columns, ProductKernel.Columns);
        return tiled * 7 <= rows * columns * 8;
    }

    /// <summary>result = left·right, or is added to.</summary>
    /// <param name="left">(M, K).</param>
    /// <param name="right">(K, N).</param>
    /// <param name="depth">K; for a result in bf16 at most 3,072.</param>
    /// <param name="result">(M, N).</param>
    public void Multiply(ProductFactor left, ProductFactor right, long depth, ProductResult result)
    {
        // bf16 would lose what is added to it block by block.
        if (!result.IsFloat)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MostDepth);
        var step = ProductPacking<T>.Step;
        var deep = Share(depth, MostDepth, 2 * ProductPacking<T>.Lines);
        var high = Share(result.Rows, MostLeft / ((Math.Min(depth, deep) + step - 1) / step), LinesAtOnce);
        for (var row = 0L; row < result.Rows; row += high)
        {
            var part = result.From(row, Math.Min(high, result.Rows - row));
            for (var start = 0L; start < depth; start += deep)
            {
                var end = Math.Min(depth, start + deep);
                var steps = (end - start + step - 1) / step;
                var strips = IsReadInPlace(left, result.Rows, depth)
                    ? new ProductStrips(
                        left.Values + (nint)(left.Index(row, start) * Size), ProductKernel.Rows * left.Stride * Size,
                        left.Stride * Size, InPlace: true)
                    : PackLeft(left, row, part.Rows, start, end, steps);
                Panels(strips, right, start, end, steps, part with
                {
                    Add = result.Add || start > 0,
                    IsReadLate = result.IsReadLate && deep >= depth,
                });
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in (Buffer[])[_left, .. _right])
            buffer.Dispose();
    }

    // The left factor's panels are written eight at a time: a distance of whole pages would have them share one set of
    // the cache.
    private static long PanelSize(long steps) => (steps * ProductKernel.Rows) + 16;

    // Blocks of about equal size, at most so large: what is laid out for a small last one would be used too little.
    private static long Share(long whole, long most, long multiple)
    {
        var blocks = (whole + most - 1) / most;
        return Round((whole + blocks - 1) / blocks, multiple);
    }

    private static long Round(long value, long multiple) => (value + multiple - 1) / multiple * multiple;

    private static bool IsReadInPlace(ProductFactor left, long rows, long depth) =>
        left.LinesAreContiguous && rows % ProductKernel.Rows == 0 && depth % ProductPacking<T>.Step == 0;

    private ProductStrips PackLeft(ProductFactor left, long row, long rows, long start, long end, long steps)
    {
        var parts = (rows + LinesAtOnce - 1) / LinesAtOnce;
        var panel = PanelSize(steps);
        var packed = _left.Take(parts * LinesAtOnce / ProductKernel.Rows * panel * sizeof(uint));
        OpenMp.For(parts, (_, first, last) =>
        {
            for (var line = first * LinesAtOnce; line < Math.Min(last * LinesAtOnce, rows); line += LinesAtOnce)
            {
                var to = (uint*)packed + (line / ProductKernel.Rows * panel);
                ProductPacking<T>.Pack(
                    left, row + line, Math.Min(LinesAtOnce, rows - line), start, end,
                    new ProductLayout((nint)to, panel, 2 * panel, ProductKernel.Rows));
            }
        });
        return new ProductStrips((nint)packed, panel * sizeof(uint), 0, InPlace: false);
    }

    private void Panels(
        ProductStrips left, ProductFactor right, long start, long stop, long steps, ProductResult result)
    {
        var panels = (result.Columns + ProductKernel.Columns - 1) / ProductKernel.Columns;
        var strips = (result.Rows + ProductKernel.Rows - 1) / ProductKernel.Rows;
        var threads = ComputeDevice.Threads;
        // With many threads and few panels several share a panel's rows.
        var parts = Math.Clamp(4L * threads / panels, 1, Math.Max(1, strips / 8));
        while (_right.Count < threads)
            _right.Add(new Buffer());
        foreach (var buffer in _right)
            buffer.Take(ProductKernel.Columns * steps * sizeof(uint));
        var rounds = !result.IsFloat;
        var kernel = (delegate* unmanaged[Cdecl]<nint, void*, long, float*, nint, long, long, void>)
            ProductKernel.Address(T.Type, rounds, left.InPlace);
        var items = panels * parts;
        // Each thread has a range of its own, and takes from the others' when it is done: the cores may have other
        // work.
        var taken = new long[threads * Apart];
        OpenMp.For(threads, (_, thread, _) =>
        {
            var tile = (float*)NativeMemory.AlignedAlloc(
                ProductKernel.Rows * ProductKernel.Columns * sizeof(float), 64);
            var packed = (uint*)_right[(int)thread].Values;
            for (var i = 0; i < threads; i++)
            {
                var range = (thread + i) % threads;
                var (first, last) = (items * range / threads, items * (range + 1) / threads);
                long item;
                while ((item = first + Interlocked.Increment(ref taken[range * Apart]) - 1) < last)
                    Panel(item, item + 1 < last && parts == 1, tile, packed);
            }

            NativeMemory.AlignedFree(tile);
        });

        void Panel(long item, bool nextFollows, float* tile, uint* packed)
        {
            var (column, part) = (item / parts * ProductKernel.Columns, item % parts);
            var next = nextFollows ? column + ProductKernel.Columns : -1;
            var ahead = new ProductAhead(right, next, start, ProductPacking<T>.Step, Size);
            var columns = (int)Math.Min(ProductKernel.Columns, result.Columns - column);
            ProductPacking<T>.Pack(
                right, column, columns, start, stop,
                new ProductLayout((nint)packed, ProductKernel.Rows, ProductPacking<T>.Lines, ProductKernel.Columns));
            var end = strips * (part + 1) / parts;
            for (var strip = strips * part / parts; strip < end; strip++)
            {
                Fetch(result, strip * ProductKernel.Rows, column, columns);
                var (soon, soonStep) = ahead[end - strip - 1];
                kernel(left[strip], packed, steps, tile, soon, soonStep, left.Row);
                if (rounds)
                    Copy((ushort*)tile, result, strip * ProductKernel.Rows, column, columns);
                else
                    Store(tile, result, strip * ProductKernel.Rows, column, columns);
            }
        }
    }

    // Asks for what a tile goes over while its sums are made.
    private static void Fetch(ProductResult result, long row, long column, int columns)
    {
        if (result.IsReadLate && !result.Add)
            return;
        var size = result.IsFloat ? sizeof(float) : sizeof(ushort);
        var rows = Math.Min(ProductKernel.Rows, result.Rows - row);
        for (var i = 0L; i < rows; i++)
        {
            var into = (byte*)result.Values + ((((row + i) * result.Columns) + column) * size);
            for (var offset = 0; offset < columns * size; offset += 64)
                Sse.Prefetch0(into + offset);
        }
    }

    // A tile that is rounded already.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(ushort* tile, ProductResult result, long row, long column, int columns)
    {
        var rows = Math.Min(ProductKernel.Rows, result.Rows - row);
        for (var i = 0L; i < rows; i++)
        {
            var from = tile + (i * ProductKernel.Columns);
            var into = (ushort*)result.Values + ((row + i) * result.Columns) + column;
            var j = 0;
            for (; j + W <= columns; j += W)
                Vector256.Load(from + j).Store(into + j);
            for (; j < columns; j++)
                into[j] = from[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store(float* tile, ProductResult result, long row, long column, int columns)
    {
        var rows = Math.Min(ProductKernel.Rows, result.Rows - row);
        for (var i = 0L; i < rows; i++)
        {
            var from = tile + (i * ProductKernel.Columns);
            var into = (float*)result.Values + ((row + i) * result.Columns) + column;
            if (result.Add)
                Add(from, into, columns);
            var j = 0;
            if (result.IsReadLate && (nint)into % 64 == 0)
            {
                for (; j + W <= columns; j += W)
                    Vector512.Load(from + j).StoreAlignedNonTemporal(into + j);
            }

            for (; j + W <= columns; j += W)
                Vector512.Load(from + j).Store(into + j);
            for (; j < columns; j++)
                into[j] = from[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* into, float* from, int columns)
    {
        var j = 0;
        for (; j + W <= columns; j += W)
            (Vector512.Load(into + j) + Vector512.Load(from + j)).Store(into + j);
        for (; j < columns; j++)
            into[j] += from[j];
    }

    // Memory that grows and is kept.
    private sealed class Buffer : IDisposable
    {
        private long _size;

        public void* Values { get; private set; }

        public void* Take(long size)
        {
            if (size <= _size)
                return Values;
            Dispose();
            const long Page = 2 << 20;
            Values = NativeMemory.AlignedAlloc((nuint)Round(size, 64), size < Page ? 4096u : (nuint)Page);
            _size = size;
            return Values;
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree(Values);
            Values = null;
            _size = 0;
        }
    }
}
