using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <content>The softmax of causal attention.</content>
internal static unsafe partial class Kernels<T>
{
    // at: where the row begins; t: its number in its matrix; scratch: room for a row.
    private delegate void RowBody(long at, int t, float* scratch);

    private static readonly Vector512<float> Lanes = Vector512.CreateSequence(0f, 1f);

    /// <summary>Turns scores, in place, into probabilities: row t of each matrix is a softmax over 0 … t.</summary>
    /// <param name="scores">(G, T, T).</param>
    /// <param name="scale">Times the scores: 1/√hs.</param>
    public static void CausalSoftmax(Tensor scores, float scale)
    {
        var time = (int)scores.shape[1];
        var values = Kernels.Bytes(scores);
        ForRows(scores, (at, t, powers) => CausalSoftmaxRow(values, at, t, time, scale, powers));
    }

    /// <summary>One row of <see cref="CausalSoftmax"/>.</summary>
    /// <param name="scores">All of them.</param>
    /// <param name="at">Where the row begins.</param>
    /// <param name="t">Its number in its matrix.</param>
    /// <param name="time">Its length.</param>
    /// <param name="scale">Times the scores.</param>
    /// <param name="powers">Room for the row, rounded up to whole vectors.</param>
    public static void CausalSoftmaxRow(void* scores, long at, int t, int time, float scale, float* powers)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        for (var i = 0; i <= t; i += W)
            largest = Vector512.Max(largest, Load(scores, at, i, t, time, float.NegativeInfinity));
        var max = Vector512.Create(Largest(largest));
        var sums = Vector512<float>.Zero;
        for (var i = 0; i <= t; i += W)
        {
            var power = VectorMath.Exp((Load(scores, at, i, t, time, float.NegativeInfinity) - max) * scale);
            power.Store(powers + i);
            sums += power;
        }

        var inverse = 1 / Vector512.Sum(sums);
        for (var i = 0; i < time; i += W)
            Store(scores, at, i, time, i > t ? Vector512<float>.Zero : Vector512.Load(powers + i) * inverse);
    }

    /// <summary>Turns the gradients of probabilities, in place, into those of the scores before scaling.</summary>
    /// <param name="probabilities">(G, T, T).</param>
    /// <param name="gradients">(G, T, T).</param>
    /// <param name="scale">As in <see cref="CausalSoftmax"/>.</param>
    public static void CausalSoftmaxBackward(Tensor probabilities, Tensor gradients, float scale)
    {
        var time = (int)probabilities.shape[1];
        var weights = Kernels.Bytes(probabilities);
        var slopes = Kernels.Bytes(gradients);
        ForRows(probabilities, (at, t, _) => CausalSoftmaxBackwardRow(weights, slopes, at, t, time, scale));
    }

    /// <summary>One row of <see cref="CausalSoftmaxBackward"/>.</summary>
    /// <param name="probabilities">All of them.</param>
    /// <param name="gradients">And their gradients.</param>
    /// <param name="at">Where the row begins.</param>
    /// <param name="t">Its number in its matrix.</param>
    /// <param name="time">Its length.</param>
    /// <param name="scale">As there.</param>
    public static void CausalSoftmaxBackwardRow(
        void* probabilities, void* gradients, long at, int t, int time, float scale)
    {
        var products = Vector512<float>.Zero;
        for (var i = 0; i <= t; i += W)
            products += Load(probabilities, at, i, t, time, 0) * Load(gradients, at, i, t, time, 0);
        var mean = Vector512.Create(Vector512.Sum(products));
        for (var i = 0; i < time; i += W)
        {
            var slope = i > t
                ? Vector512<float>.Zero
                : Load(probabilities, at, i, t, time, 0) * (Load(gradients, at, i, t, time, 0) - mean) * scale;
            Store(gradients, at, i, time, slope);
        }
    }

    private static void ForRows(Tensor matrices, RowBody row)
    {
        var time = (int)matrices.shape[1];
        // Later rows are longer; neighbours of all lengths come to each thread.
        OpenMp.For(matrices.shape[0] * time, (_, start, end) =>
        {
            var scratch = (float*)NativeMemory.AlignedAlloc((nuint)((time + W) * sizeof(float)), 64);
            try
            {
                for (var n = start; n < end; n++)
                    row(n * time, (int)(n % time), scratch);
            }
            finally
            {
                NativeMemory.AlignedFree(scratch);
            }
        });
    }

    // 16 values from column i on; those after column t, and beyond the row, are the filler.
    private static Vector512<float> Load(void* values, long at, int i, int t, int time, float filler)
    {
        var blank = Vector512.Create(filler);
        if (i + W <= time)
        {
            var value = T.Load(values, at + i);
            return i + W - 1 <= t
                ? value
                : Vector512.ConditionalSelect(
                    Vector512.LessThanOrEqual(Lanes, Vector512.Create((float)(t - i))), value, blank);
        }

        for (var lane = 0; i + lane <= t; lane++)
            blank = blank.WithElement(lane, T.Get(values, at + i + lane));
        return blank;
    }

    private static void Store(void* values, long at, int i, int time, Vector512<float> value)
    {
        if (i + W <= time)
        {
            T.Store(values, at + i, value);
            return;
        }

        for (var lane = 0; i + lane < time; lane++)
            T.Set(values, at + i + lane, value[lane]);
    }

    private static float Largest(Vector512<float> values)
    {
        var max = values[0];
        for (var i = 1; i < W; i++)
            max = MathF.Max(max, values[i]);
        return max;
    }
}
