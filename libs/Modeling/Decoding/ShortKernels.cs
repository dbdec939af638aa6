using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Platform.Modeling;

/// <summary>
/// What <see cref="DotKernels"/> does, by <see cref="DotCode"/> and so with activations of 16 bits: bfloat16 for
/// weights in bfloat16, and integers with a scale for each row for weights in 8 bits, whose sums are exact. Here too
/// each sum has one order of additions, whatever the number of rows beside it.
/// </summary>
internal static unsafe class ShortKernels
{
    private const int Together = DotCode.Together;
    private const int MaxTile = 6;

    // 15 bits and a sign. Sums of 32 bits hold two products of 127 times this for each step up to a width of 8,256; for
    // wider rows it is less.
    private const int LargestInteger = short.MaxValue;

    /// <summary>Whether weights of a kind and of rows of a width can be used.</summary>
    public static bool IsSupported(WeightKind kind, int width) =>
        width % DotCode.Step == 0 && DotCode.IsSupported(kind);

    /// <summary>The tile that so many rows begin with: 1, 4 or 6 rows, of which some may be padding.</summary>
    public static int Tile(int rows) => rows switch { 1 => 1, <= 4 or 7 or 8 => 4, _ => MaxTile };

    /// <summary>Packs a part of one row for a tile: [k / 32][tile rows][32].</summary>
    /// <param name="kind">Of the weights.</param>
    /// <param name="x">The row.</param>
    /// <param name="from">The first number, a multiple of 32; for weights of 8 bits 0.</param>
    /// <param name="to">Behind the last, likewise; for weights of 8 bits the width.</param>
    /// <param name="tile">Rows of the tile, with padding.</param>
    /// <param name="m">The row's place in it.</param>
    /// <param name="packed">The tile.</param>
    /// <param name="scale">What one step of the row's integers is; for weights of 8 bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackRow(
        WeightKind kind, float* x, int from, int to, int tile, int m, byte* packed, float* scale)
    {
        var stride = tile * DotCode.Step;
        var into = (ushort*)packed + ((nint)from * tile) + (m * DotCode.Step);
        if (kind == WeightKind.Bf16)
        {
            for (var k = from; k < to; k += DotCode.Step, into += stride)
            {
                ToBf16(Vector512.Load(x + k)).Store(into);
                ToBf16(Vector512.Load(x + k + 16)).Store(into + 16);
            }

            return;
        }

        var most = Math.Min(LargestInteger, int.MaxValue / (2 * 127 * (to / DotCode.Step)));
        *scale = Largest(x, to) / most;
        var factor = Vector512.Create(*scale == 0 ? 0 : 1 / *scale);
        for (var k = from; k < to; k += DotCode.Step, into += stride)
        {
            ToInt16(Vector512.Load(x + k) * factor).Store((short*)into);
            ToInt16(Vector512.Load(x + k + 16) * factor).Store((short*)into + 16);
        }
    }

    /// <summary>The products of one tile with outputs from <paramref name="from"/> to <paramref name="to"/>.</summary>
    /// <param name="matrix">The weights.</param>
    /// <param name="x">Packed for the tile.</param>
    /// <param name="scales">Of the tile's rows.</param>
    /// <param name="tile">1, 4 or 6.</param>
    /// <param name="rows">Real rows of the tile.</param>
    /// <param name="y">(rows, stride); outputs from..to are written.</param>
    /// <param name="stride">Between rows of y.</param>
    /// <param name="from">The first output.</param>
    /// <param name="to">Behind the last.</param>
    /// <param name="ahead">What of the rows of weights that come next is brought into the cache meanwhile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        PackedMatrix matrix, byte* x, float* scales, int tile, int rows, float* y, nint stride, int from, int to,
        ReadAhead ahead)
    {
        var code = DotCode.Of(matrix.Kind);
        nint steps = matrix.Width / DotCode.Step;
        var rowBytes = matrix.RowBytes;
        var unaligned = stackalloc float[(MaxTile * DotKernels.Lanes) + DotKernels.Lanes];
        var lanes = (float*)(((nint)unaligned + 63) & ~63);
        var (wide, narrow) = tile switch
        {
            1 => (code.One, code.One),
            4 => (code.FourByFour[ahead.Halves], code.FourByOne),
            _ => (code.SixByFour[ahead.Halves], code.SixByOne),
        };
        var aheadBytes = (ahead.Outputs * rowBytes) + (ahead.IsSecond ? Together * rowBytes / 2 : 0);
        var o = from;
        for (; tile > 1 && o + Together <= to; o += Together)
        {
            var row = matrix.Weights + (o * rowBytes);
            DotCode.Run(wide, row, rowBytes, x, steps, lanes, row + aheadBytes);
            for (var m = 0; m < rows; m++)
            {
                var sums = Vector128.Load(lanes + (m * Together));
                if (matrix.Kind == WeightKind.Int8)
                    sums = sums * Vector128.Load(matrix.Scales + o) * Vector128.Create(scales[m]);
                sums.Store(y + (m * stride) + o);
            }
        }

        for (; o < to; o++)
        {
            DotCode.Run(narrow, matrix.Weights + (o * rowBytes), rowBytes, x, steps, lanes, null);
            for (var m = 0; m < rows; m++)
            {
                var sum = DotKernels.Sum(Lanes(lanes, m));
                y[(m * stride) + o] = matrix.Kind == WeightKind.Int8 ? sum * matrix.Scales[o] * scales[m] : sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Lanes(float* lanes, int index) =>
        Vector512.Load(lanes + (index * DotKernels.Lanes));

    // To the nearest bfloat16, ties to even; what is no number stays none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> ToBf16(Vector512<float> v)
    {
        var bits = v.AsInt32();
        var odd = Vector512.ShiftRightLogical(bits, 16) & Vector512<int>.One;
        var rounded = Vector512.ConditionalSelect(
            Vector512.Equals(v, v).AsInt32(), bits + Vector512.Create(0x7FFF) + odd, Vector512.Create(0x7FC00000));
        return Avx512F.ConvertToVector256UInt16(Vector512.ShiftRightLogical(rounded, 16));
    }

    // To the nearest, ties to even.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> ToInt16(Vector512<float> v) =>
        Avx512F.ConvertToVector256Int16WithSaturation(Avx512F.ConvertToVector512Int32(v));

    // NaN where there is one.
    private static float Largest(float* x, int width)
    {
        var most = Vector512<float>.Zero;
        for (nint k = 0; k < width; k += DotKernels.Lanes)
            most = Vector512.Max(most, Vector512.Abs(Vector512.Load(x + k)));
        var largest = 0f;
        for (var lane = 0; lane < DotKernels.Lanes; lane++)
            largest = MathF.Max(largest, most[lane]);
        return largest;
    }
}
