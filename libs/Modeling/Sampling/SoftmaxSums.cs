using System.Runtime.Intrinsics;

namespace Platform.Modeling;

/// <summary>
/// The sums behind a softmax over a vocabulary, in fp64 and in a fixed order, so that they are the same at every call.
/// </summary>
internal static class SoftmaxSums
{
    /// <summary>Values per entry of <see cref="Blocks"/>.</summary>
    public const int BlockSize = 1024;

    /// <summary>The largest value; NaN where there is one.</summary>
    public static float Max(ReadOnlySpan<float> values)
    {
        var max = float.NegativeInfinity;
        var i = 0;
        if (values.Length >= Vector512<float>.Count)
        {
            var best = Vector512.Create(float.NegativeInfinity);
            for (; i <= values.Length - Vector512<float>.Count; i += Vector512<float>.Count)
                best = Vector512.Max(best, Vector512.Create(values[i..]));
            for (var lane = 0; lane < Vector512<float>.Count; lane++)
                max = Math.Max(max, best[lane]);
        }

        for (; i < values.Length; i++)
            max = Math.Max(max, values[i]);
        return max;
    }

    /// <summary>Σ exp((v - max) / temperature).</summary>
    public static double SumExp(ReadOnlySpan<float> values, double max, double temperature = 1)
    {
        var scale = Vector512.Create(1 / temperature);
        var shift = Vector512.Create(-max / temperature);
        var sums = Vector512<double>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (low, high) = Vector512.Widen(Vector512.Create(values[i..]));
            sums += Vector512.Exp((low * scale) + shift);
            sums += Vector512.Exp((high * scale) + shift);
        }

        var total = Vector512.Sum(sums);
        for (; i < values.Length; i++)
            total += Math.Exp((values[i] - max) / temperature);
        return total;
    }

    /// <summary>As <see cref="SumExp"/>, one sum for each <see cref="BlockSize"/> values.</summary>
    public static double[] Blocks(ReadOnlySpan<float> values, double max, double temperature)
    {
        var sums = new double[(values.Length + BlockSize - 1) / BlockSize];
        for (var block = 0; block < sums.Length; block++)
        {
            var start = block * BlockSize;
            sums[block] = SumExp(values.Slice(start, Math.Min(BlockSize, values.Length - start)), max, temperature);
        }

        return sums;
    }
}
