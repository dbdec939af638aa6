using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Lays out a product's factors as <see cref="ProductKernel"/> reads them: step by step, the numbers of all lines side
/// by side. A line is a row of the left factor or a column of the right one; a step is one number of it, or two in
/// bf16.
/// </summary>
internal static unsafe class ProductPacking<T>
    where T : struct, IElement
{
    /// <summary>Lines that are laid out together.</summary>
    public const int Lines = 16;

    private static bool Pairs => T.Type != ScalarType.Float32;

    /// <summary>Numbers of a line in a step.</summary>
    public static int Step => Pairs ? 2 : 1;

    /// <summary>Lays out lines; numbers beyond the last, and lines up to a multiple of 16, are 0.</summary>
    /// <param name="from">The factor.</param>
    /// <param name="line">The first line.</param>
    /// <param name="lines">How many.</param>
    /// <param name="start">The first number of each.</param>
    /// <param name="end">Where the numbers end.</param>
    /// <param name="to">Where they go.</param>
    public static void Pack(ProductFactor from, long line, long lines, long start, long end, ProductLayout to)
    {
        var steps = (end - start + Step - 1) / Step;
        var groups = lines / Lines;
        var whole = (end - start) / Step;
        if (from.LinesAreContiguous)
        {
            whole = whole / Lines * Lines;
            for (var group = 0L; group < groups; group++)
                Along(from, line + (group * Lines), start, whole, to.From(group));
        }
        else if (groups > 0)
        {
            Across(from, line, groups, start, whole, to);
        }

        var values = stackalloc uint[Lines];
        for (var group = 0L; group * Lines < lines; group++)
        {
            for (var step = group < groups ? whole : 0; step < steps; step++)
            {
                for (var i = 0; i < Lines; i++)
                {
                    var at = (group * Lines) + i;
                    values[i] = at < lines ? One(from, line + at, start + (step * Step), end) : 0;
                }

                Store(Vector512.Load(values), to.From(group), step);
            }
        }
    }

    // Each line's numbers lie side by side: squares of 16 lines and 16 steps, turned over.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Along(
        ProductFactor from, long line, long start, long steps, ProductLayout to)
    {
        const int Ahead = 512;
        var (numbers, size) = (Step, Pairs ? 2 : 4);
        var first = (byte*)from.Values + (((line * from.Stride) + start) * size);
        for (var step = 0L; step < steps; step += Lines)
        {
            var at = first + (step * numbers * size);
            for (var i = 0; i < Lines; i++)
                Sse.Prefetch0(at + (i * from.Stride * size) + Ahead);
            var (a0, a1, a2, a3) = Interleave(at, from.Stride * size);
            var (b0, b1, b2, b3) = Interleave(at + (4 * from.Stride * size), from.Stride * size);
            var (c0, c1, c2, c3) = Interleave(at + (8 * from.Stride * size), from.Stride * size);
            var (d0, d1, d2, d3) = Interleave(at + (12 * from.Stride * size), from.Stride * size);
            Quarters(a0, b0, c0, d0, to, step);
            Quarters(a1, b1, c1, d1, to, step + 1);
            Quarters(a2, b2, c2, d2, to, step + 2);
            Quarters(a3, b3, c3, d3, to, step + 3);
        }
    }

    // Four lines: quarter q of the j-th vector is their step 4q + j.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> J0, Vector512<uint> J1, Vector512<uint> J2, Vector512<uint> J3) Interleave(
        byte* at, long stride)
    {
        var (r0, r1) = (Vector512.Load((uint*)at), Vector512.Load((uint*)(at + stride)));
        var (r2, r3) = (Vector512.Load((uint*)(at + (2 * stride))), Vector512.Load((uint*)(at + (3 * stride))));
        var low01 = Avx512F.UnpackLow(r0, r1).AsUInt64();
        var high01 = Avx512F.UnpackHigh(r0, r1).AsUInt64();
        var low23 = Avx512F.UnpackLow(r2, r3).AsUInt64();
        var high23 = Avx512F.UnpackHigh(r2, r3).AsUInt64();
        return (
            Avx512F.UnpackLow(low01, low23).AsUInt32(), Avx512F.UnpackHigh(low01, low23).AsUInt32(),
            Avx512F.UnpackLow(high01, high23).AsUInt32(), Avx512F.UnpackHigh(high01, high23).AsUInt32());
    }

    // Steps j, 4 + j, 8 + j and 12 + j of 16 lines, from the vectors of each four.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, ProductLayout to, long step)
    {
        const byte Even = 0x88;
        const byte Odd = 0xDD;
        var (even1, odd1) = (Avx512F.Shuffle4x128(a, b, Even), Avx512F.Shuffle4x128(a, b, Odd));
        var (even2, odd2) = (Avx512F.Shuffle4x128(c, d, Even), Avx512F.Shuffle4x128(c, d, Odd));
        Store(Avx512F.Shuffle4x128(even1, even2, Even), to, step);
        Store(Avx512F.Shuffle4x128(odd1, odd2, Even), to, step + 4);
        Store(Avx512F.Shuffle4x128(even1, even2, Odd), to, step + 8);
        Store(Avx512F.Shuffle4x128(odd1, odd2, Odd), to, step + 12);
    }

    // The lines' first numbers lie side by side, then their second ones: far apart, so that what is at one place is
    // taken for all groups at once, and the next places are asked for in time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Across(
        ProductFactor from, long line, long groups, long start, long steps, ProductLayout to)
    {
        const int Ahead = 24;
        // In locals: within a method that is compiled once and for all such properties are calls.
        var (pairs, numbers, size) = (Pairs, Step, Pairs ? 2 : 4);
        var (stride, width) = (from.Stride * size, Lines * size);
        var at = (byte*)from.Values + (start * stride) + (line * size);
        for (var step = 0L; step < steps; step++, at += numbers * stride)
        {
            if (step + Ahead < steps)
            {
                var next = at + (Ahead * numbers * stride);
                for (var number = 0; number < numbers; number++, next += stride)
                {
                    for (var offset = 0L; offset < groups * width; offset += 64)
                        Sse.Prefetch0(next + offset);
                }
            }

            var low = (uint*)to.Start + (step * to.Stride);
            for (var first = at; first < at + (groups * width); first += width, low += to.Group)
            {
                var values = pairs
                    ? Vector512.WidenLower(Vector256.Load((ushort*)first).ToVector512Unsafe())
                        | (Vector512.WidenLower(Vector256.Load((ushort*)(first + stride)).ToVector512Unsafe()) << 16)
                    : Vector512.Load((uint*)first);
                values.GetLower().Store(low);
                values.GetUpper().Store(low + to.Half);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<uint> values, ProductLayout to, long step)
    {
        values.GetLower().Store((uint*)to.Start + (step * to.Stride));
        values.GetUpper().Store((uint*)to.Start + to.Half + (step * to.Stride));
    }

    // A step of one line.
    private static uint One(ProductFactor from, long line, long at, long end)
    {
        if (!Pairs)
            return ((uint*)from.Values)[from.Index(line, at)];
        var values = (ushort*)from.Values;
        uint low = values[from.Index(line, at)];
        return at + 1 < end ? low | ((uint)values[from.Index(line, at + 1)] << 16) : low;
    }
}
