using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Platform.Modeling;

/// <summary>One query against a context in the cache.</summary>
internal static unsafe class AttentionKernels
{
    // Bytes; by then the processor has seen it.
    private const int MostAhead = 8 << 10;

    /// <summary>Writes a key or a value into the cache.</summary>
    public static void Store<TRow>(float* x, byte* cache, int width)
        where TRow : struct, IWeightRow
    {
        for (nint k = 0; k < width; k += 16)
        {
            var v = Vector512.Load(x + k);
            if (typeof(TRow) == typeof(Fp32Row))
                v.Store((float*)cache + k);
            else
                Avx512F.ConvertToVector256UInt16(Round(v)).Store((ushort*)cache + k);
        }
    }

    /// <summary>
    /// Brings the beginning of a context into the second cache, while another is worked on: the processor sees by
    /// itself that memory is read in sequence only when a good part of a short one has been waited for.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReadAhead(byte* start, int bytes)
    {
        for (nint at = 0; at < Math.Min(bytes, MostAhead); at += 64)
            Sse.Prefetch1(start + at);
    }

    /// <summary>
    /// y = softmax(q · keys / √width) · values over <paramref name="count"/> positions. Each sum has one order of
    /// additions: along the width in sixteen lanes, and over the positions one after another.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend<TRow>(
        float* q, byte* keys, byte* values, int count, int width, float* scores, float* y)
        where TRow : struct, IWeightRow
    {
        var rowBytes = (nint)width * TRow.Size;
        var scale = 1 / MathF.Sqrt(width);
        var t = 0;
        for (; t + 4 <= count; t += 4)
            (FourDots<TRow>(q, keys + (t * rowBytes), rowBytes, width) * scale).Store(scores + t);
        for (; t < count; t++)
            scores[t] = Dot<TRow>(q, keys + (t * rowBytes), width) * scale;

        var total = Exponentials(scores, count, Largest(scores, count));
        nint k = 0;
        for (; k + 64 <= width; k += 64)
        {
            Vector512<float> a = default, b = default, c = default, d = default;
            var row = values;
            for (t = 0; t < count; t++, row += rowBytes)
            {
                var weight = Vector512.Create(scores[t]);
                a = Vector512.FusedMultiplyAdd(weight, TRow.Load(row, k), a);
                b = Vector512.FusedMultiplyAdd(weight, TRow.Load(row, k + 16), b);
                c = Vector512.FusedMultiplyAdd(weight, TRow.Load(row, k + 32), c);
                d = Vector512.FusedMultiplyAdd(weight, TRow.Load(row, k + 48), d);
            }

            (a / total).Store(y + k);
            (b / total).Store(y + k + 16);
            (c / total).Store(y + k + 32);
            (d / total).Store(y + k + 48);
        }

        for (; k < width; k += 16)
        {
            var sum = Vector512<float>.Zero;
            for (t = 0; t < count; t++)
            {
                sum = Vector512.FusedMultiplyAdd(
                    Vector512.Create(scores[t]), TRow.Load(values + (t * rowBytes), k), sum);
            }

            (sum / total).Store(y + k);
        }
    }

    // The same sums as those of Dot.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FourDots<TRow>(float* q, byte* keys, nint rowBytes, int width)
        where TRow : struct, IWeightRow
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        var second = keys + rowBytes;
        var third = second + rowBytes;
        var fourth = third + rowBytes;
        for (nint k = 0; k < width; k += 16)
        {
            var v = Vector512.Load(q + k);
            a = Vector512.FusedMultiplyAdd(TRow.Load(keys, k), v, a);
            b = Vector512.FusedMultiplyAdd(TRow.Load(second, k), v, b);
            c = Vector512.FusedMultiplyAdd(TRow.Load(third, k), v, c);
            d = Vector512.FusedMultiplyAdd(TRow.Load(fourth, k), v, d);
        }

        return DotKernels.Sum(a, b, c, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot<TRow>(float* q, byte* key, int width)
        where TRow : struct, IWeightRow
    {
        var sum = Vector512<float>.Zero;
        for (nint k = 0; k < width; k += 16)
            sum = Vector512.FusedMultiplyAdd(TRow.Load(key, k), Vector512.Load(q + k), sum);
        return DotKernels.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest(float* scores, int count)
    {
        var most = Vector512.Create(float.NegativeInfinity);
        var t = 0;
        for (; t + 16 <= count; t += 16)
            most = Vector512.Max(most, Vector512.Load(scores + t));
        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < 16; lane++)
            largest = MathF.Max(largest, most[lane]);
        for (; t < count; t++)
            largest = MathF.Max(largest, scores[t]);
        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentials(float* scores, int count, float largest)
    {
        var sum = Vector512<float>.Zero;
        var shift = Vector512.Create(largest);
        var t = 0;
        for (; t + 16 <= count; t += 16)
        {
            var e = Vector512.Exp(Vector512.Load(scores + t) - shift);
            e.Store(scores + t);
            sum += e;
        }

        var total = Vector512.Sum(sum);
        for (; t < count; t++)
            total += scores[t] = Vector512.Exp(Vector512.Create(scores[t] - largest))[0];
        return total;
    }

    // To the nearest bfloat16, ties to even; the result in the lower half of each lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Round(Vector512<float> v)
    {
        var bits = v.AsInt32();
        var odd = Vector512.ShiftRightLogical(bits, 16) & Vector512<int>.One;
        return Vector512.ShiftRightLogical(bits + Vector512.Create(0x7FFF) + odd, 16);
    }
}
