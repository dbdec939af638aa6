using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Platform.Modeling;

/// <summary>
/// Products of a few rows of activations with rows of weights. Every sum of a row and an output is added up in one
/// order, whatever the number of rows beside it: sixteen lanes along the inner dimension, folded at the end. So a text
/// gets the same scores to the bit, alone or in company.
/// </summary>
/// <remarks>
/// Activations are packed as [k / 16][tile rows][16]; lanes of weights stream from memory once for each tile. A row of
/// weights follows the other, so that the processor's prefetcher sees one stream a thread.
/// </remarks>
internal static unsafe class DotKernels
{
    /// <summary>Lanes: the inner dimension is a multiple of this.</summary>
    public const int Lanes = 16;

    /// <summary>The rows of the widest tile.</summary>
    public const int MaxTile = 8;

    /// <summary>The tile that so many rows begin with: 1, 4 or 8 rows, of which some may be padding.</summary>
    public static int Tile(int rows) => rows switch { 1 => 1, <= 5 => 4, _ => MaxTile };

    /// <summary>Packs a row for a tile, as its <paramref name="m"/>th.</summary>
    public static void PackRow(float* x, int width, int tile, int m, float* packed)
    {
        packed += m * Lanes;
        for (var k = 0; k < width; k += Lanes, packed += tile * Lanes)
            Vector512.Load(x + k).Store(packed);
    }

    /// <summary>The products of one tile with outputs from <paramref name="from"/> to <paramref name="to"/>.</summary>
    /// <param name="weights">(out, width).</param>
    /// <param name="scales">A factor for each output; null: none.</param>
    /// <param name="x">Packed for the tile.</param>
    /// <param name="tile">1, 4 or 8.</param>
    /// <param name="rows">Real rows of the tile.</param>
    /// <param name="width">The inner dimension.</param>
    /// <param name="y">(rows, stride); outputs from..to are written.</param>
    /// <param name="stride">Between rows of y.</param>
    /// <param name="from">The first output.</param>
    /// <param name="to">Behind the last.</param>
    /// <param name="ahead">How many rows of weights further those lie that are brought
    /// into the cache meanwhile.</param>
    public static void Multiply<TRow>(
        byte* weights, float* scales, float* x, int tile, int rows, int width, float* y, nint stride, int from, int to,
        int ahead)
        where TRow : struct, IWeightRow
    {
        var rowBytes = (nint)width * TRow.Size;
        var sums = stackalloc float[MaxTile * 4];
        var o = from;
        while (o < to)
        {
            var row = weights + (o * rowBytes);
            var step = tile switch
            {
                1 => One<TRow>(row, x, width, sums),
                4 when o + 4 <= to => FourByFour<TRow>(row, rowBytes, x, width, sums, ahead * rowBytes),
                4 => FourByOne<TRow>(row, x, width, sums),
                _ when o + 3 <= to => EightByThree<TRow>(row, rowBytes, x, width, sums, ahead * rowBytes),
                _ => EightByOne<TRow>(row, x, width, sums),
            };
            for (var i = 0; i < step; i++, o++)
            {
                var scale = scales == null ? 1f : scales[o];
                for (var m = 0; m < rows; m++)
                    y[(m * stride) + o] = sums[(i * tile) + m] * scale;
            }
        }
    }

    // Lane i with lane i + 8, then with i + 4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(Vector512<float> sum)
    {
        var half = sum.GetLower() + sum.GetUpper();
        return half.GetLower() + half.GetUpper();
    }

    /// <summary>The lanes' sum: i with i + 8, then with i + 4, then the four left as (0 + 2) + (1 + 3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> sum)
    {
        var v = Fold(sum);
        return (v[0] + v[2]) + (v[1] + v[3]);
    }

    /// <summary>The same sums of four at once, by a transposition.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sum(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var (va, vb, vc, vd) = (Fold(a), Fold(b), Fold(c), Fold(d));
        var ab = Sse.UnpackLow(va, vb); // a0 b0 a1 b1
        var cd = Sse.UnpackLow(vc, vd);
        var abHigh = Sse.UnpackHigh(va, vb); // a2 b2 a3 b3
        var cdHigh = Sse.UnpackHigh(vc, vd);
        var even = Sse.MoveLowToHigh(ab, cd)
            + Sse.MoveLowToHigh(abHigh, cdHigh); // 0 + 2
        var odd = Sse.MoveHighToLow(cd, ab)
            + Sse.MoveHighToLow(cdHigh, abHigh); // 1 + 3
        return even + odd;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int One<TRow>(byte* w, float* x, int width, float* sums)
        where TRow : struct, IWeightRow
    {
        var sum = Vector512<float>.Zero;
        for (nint k = 0; k < width; k += Lanes)
            sum = Vector512.FusedMultiplyAdd(TRow.Load(w, k), Vector512.Load(x + k), sum);
        sums[0] = Sum(sum);
        return 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FourByOne<TRow>(byte* w, float* x, int width, float* sums)
        where TRow : struct, IWeightRow
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (nint k = 0; k < width; k += Lanes, x += 4 * Lanes)
        {
            var v = TRow.Load(w, k);
            a = Vector512.FusedMultiplyAdd(v, Vector512.Load(x), a);
            b = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 16), b);
            c = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 32), c);
            d = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 48), d);
        }

        Sum(a, b, c, d).Store(sums);
        return 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FourByFour<TRow>(
        byte* w, nint rowBytes, float* x, int width, float* sums, nint ahead)
        where TRow : struct, IWeightRow
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> d0 = default, d1 = default, d2 = default, d3 = default;
        var w1 = w + rowBytes;
        var w2 = w1 + rowBytes;
        var w3 = w2 + rowBytes;
        for (nint k = 0; k < width; k += Lanes, x += 4 * Lanes)
        {
            var (va, vb) = (TRow.Load(w, k), TRow.Load(w1, k));
            var (vc, vd) = (TRow.Load(w2, k), TRow.Load(w3, k));
            var next = w + ahead + (k * TRow.Size);
            Sse.Prefetch1(next);
            Sse.Prefetch1(next + rowBytes);
            Sse.Prefetch1(next + (2 * rowBytes));
            Sse.Prefetch1(next + (3 * rowBytes));
            var v = Vector512.Load(x);
            a0 = Vector512.FusedMultiplyAdd(va, v, a0);
            b0 = Vector512.FusedMultiplyAdd(vb, v, b0);
            c0 = Vector512.FusedMultiplyAdd(vc, v, c0);
            d0 = Vector512.FusedMultiplyAdd(vd, v, d0);
            v = Vector512.Load(x + 16);
            a1 = Vector512.FusedMultiplyAdd(va, v, a1);
            b1 = Vector512.FusedMultiplyAdd(vb, v, b1);
            c1 = Vector512.FusedMultiplyAdd(vc, v, c1);
            d1 = Vector512.FusedMultiplyAdd(vd, v, d1);
            v = Vector512.Load(x + 32);
            a2 = Vector512.FusedMultiplyAdd(va, v, a2);
            b2 = Vector512.FusedMultiplyAdd(vb, v, b2);
            c2 = Vector512.FusedMultiplyAdd(vc, v, c2);
            d2 = Vector512.FusedMultiplyAdd(vd, v, d2);
            v = Vector512.Load(x + 48);
            a3 = Vector512.FusedMultiplyAdd(va, v, a3);
            b3 = Vector512.FusedMultiplyAdd(vb, v, b3);
            c3 = Vector512.FusedMultiplyAdd(vc, v, c3);
            d3 = Vector512.FusedMultiplyAdd(vd, v, d3);
        }

        Sum(a0, a1, a2, a3).Store(sums);
        Sum(b0, b1, b2, b3).Store(sums + 4);
        Sum(c0, c1, c2, c3).Store(sums + 8);
        Sum(d0, d1, d2, d3).Store(sums + 12);
        return 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int EightByOne<TRow>(byte* w, float* x, int width, float* sums)
        where TRow : struct, IWeightRow
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> a4 = default, a5 = default, a6 = default, a7 = default;
        for (nint k = 0; k < width; k += Lanes, x += 8 * Lanes)
        {
            var v = TRow.Load(w, k);
            a0 = Vector512.FusedMultiplyAdd(v, Vector512.Load(x), a0);
            a1 = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 16), a1);
            a2 = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 32), a2);
            a3 = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 48), a3);
            a4 = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 64), a4);
            a5 = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 80), a5);
            a6 = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 96), a6);
            a7 = Vector512.FusedMultiplyAdd(v, Vector512.Load(x + 112), a7);
        }

        Sum(a0, a1, a2, a3).Store(sums);
        Sum(a4, a5, a6, a7).Store(sums + 4);
        return 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int EightByThree<TRow>(
        byte* w, nint rowBytes, float* x, int width, float* sums, nint ahead)
        where TRow : struct, IWeightRow
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> b4 = default, b5 = default, b6 = default, b7 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> c4 = default, c5 = default, c6 = default, c7 = default;
        var w1 = w + rowBytes;
        var w2 = w1 + rowBytes;
        for (nint k = 0; k < width; k += Lanes, x += 8 * Lanes)
        {
            var (va, vb, vc) = (TRow.Load(w, k), TRow.Load(w1, k), TRow.Load(w2, k));
            var next = w + ahead + (k * TRow.Size);
            Sse.Prefetch1(next);
            Sse.Prefetch1(next + rowBytes);
            Sse.Prefetch1(next + (2 * rowBytes));
            var v = Vector512.Load(x);
            a0 = Vector512.FusedMultiplyAdd(va, v, a0);
            b0 = Vector512.FusedMultiplyAdd(vb, v, b0);
            c0 = Vector512.FusedMultiplyAdd(vc, v, c0);
            v = Vector512.Load(x + 16);
            a1 = Vector512.FusedMultiplyAdd(va, v, a1);
            b1 = Vector512.FusedMultiplyAdd(vb, v, b1);
            c1 = Vector512.FusedMultiplyAdd(vc, v, c1);
            v = Vector512.Load(x + 32);
            a2 = Vector512.FusedMultiplyAdd(va, v, a2);
            b2 = Vector512.FusedMultiplyAdd(vb, v, b2);
            c2 = Vector512.FusedMultiplyAdd(vc, v, c2);
            v = Vector512.Load(x + 48);
            a3 = Vector512.FusedMultiplyAdd(va, v, a3);
            b3 = Vector512.FusedMultiplyAdd(vb, v, b3);
            c3 = Vector512.FusedMultiplyAdd(vc, v, c3);
            v = Vector512.Load(x + 64);
            a4 = Vector512.FusedMultiplyAdd(va, v, a4);
            b4 = Vector512.FusedMultiplyAdd(vb, v, b4);
            c4 = Vector512.FusedMultiplyAdd(vc, v, c4);
            v = Vector512.Load(x + 80);
            a5 = Vector512.FusedMultiplyAdd(va, v, a5);
            b5 = Vector512.FusedMultiplyAdd(vb, v, b5);
            c5 = Vector512.FusedMultiplyAdd(vc, v, c5);
            v = Vector512.Load(x + 96);
            a6 = Vector512.FusedMultiplyAdd(va, v, a6);
            b6 = Vector512.FusedMultiplyAdd(vb, v, b6);
            c6 = Vector512.FusedMultiplyAdd(vc, v, c6);
            v = Vector512.Load(x + 112);
            a7 = Vector512.FusedMultiplyAdd(va, v, a7);
            b7 = Vector512.FusedMultiplyAdd(vb, v, b7);
            c7 = Vector512.FusedMultiplyAdd(vc, v, c7);
        }

        Sum(a0, a1, a2, a3).Store(sums);
        Sum(a4, a5, a6, a7).Store(sums + 4);
        Sum(b0, b1, b2, b3).Store(sums + 8);
        Sum(b4, b5, b6, b7).Store(sums + 12);
        Sum(c0, c1, c2, c3).Store(sums + 16);
        Sum(c4, c5, c6, c7).Store(sums + 20);
        return 3;
    }
}
