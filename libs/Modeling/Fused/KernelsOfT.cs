using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Elementwise work of a transformer in one pass over memory each, on the CPU, in 512-bit vectors. All arithmetic is
/// in fp32; <typeparamref name="T"/> is what matrix products read and write. Widths are multiples of 16.
/// </summary>
internal static unsafe partial class Kernels<T>
    where T : struct, IElement
{
    private static readonly int W = Vector512<float>.Count;

    /// <summary>The residual sum x + branch + bias, then its layer norm.</summary>
    /// <param name="x">(N, C) fp32.</param>
    /// <param name="branch">(N, C) to be added; null for none.</param>
    /// <param name="bias">(C) fp32 to be added; null for none.</param>
    /// <param name="sum">(N, C) fp32: where the sum goes; unused without a branch.</param>
    /// <param name="norm">Weight, bias and epsilon.</param>
    /// <param name="y">(N, C): the normalised rows.</param>
    /// <param name="statistics">(N, 2) fp32: mean and 1/σ.</param>
    public static void AddNorm(
        Tensor x, Tensor? branch, Tensor? bias, Tensor? sum, LayerNorm norm, Tensor y, Tensor statistics)
    {
        var c = (int)x.shape[1];
        var from = Kernels.Floats(x);
        var add = Kernels.Bytes(branch);
        var shift = Kernels.FloatsOrNull(bias);
        var into = Kernels.FloatsOrNull(sum);
        var result = Kernels.Bytes(y);
        var kept = Kernels.Floats(statistics);
        var gain = Kernels.Floats(norm.Weight);
        var offset = Kernels.FloatsOrNull(norm.Bias);
        var epsilon = norm.Epsilon;
        OpenMp.For(x.shape[0], (_, start, end) =>
        {
            for (var n = start; n < end; n++)
            {
                var row = from + (n * c);
                if (add is not null)
                {
                    AddRow(row, add, n * c, shift, into + (n * c), c);
                    row = into + (n * c);
                }

                var (mean, inverse) = Statistics(row, c, epsilon);
                (kept[2 * n], kept[(2 * n) + 1]) = (mean, inverse);
                for (var i = 0; i < c; i += W)
                {
                    var value = (Vector512.Load(row + i) - Vector512.Create(mean)) * inverse * Vector512.Load(gain + i);
                    T.Store(result, (n * c) + i, offset is null ? value : value + Vector512.Load(offset + i));
                }
            }
        });
    }

    /// <summary>sum = x + branch + bias.</summary>
    public static void Add(Tensor x, Tensor branch, Tensor? bias, Tensor sum)
    {
        var c = (int)x.shape[1];
        var from = Kernels.Floats(x);
        var add = Kernels.Bytes(branch);
        var shift = Kernels.FloatsOrNull(bias);
        var into = Kernels.Floats(sum);
        OpenMp.For(x.shape[0], (_, start, end) =>
        {
            for (var n = start; n < end; n++)
                AddRow(from + (n * c), add, n * c, shift, into + (n * c), c);
        });
    }

    /// <summary>The gradient of a layer norm, added to that of the residual stream.</summary>
    /// <param name="dy">(N, C): the gradient of the normalised rows.</param>
    /// <param name="x">(N, C) fp32: what was normalised.</param>
    /// <param name="statistics">As <see cref="AddNorm"/> left them.</param>
    /// <param name="norm">The layer.</param>
    /// <param name="dx">(N, C) fp32: the residual stream's gradient.</param>
    /// <param name="first">Whether <paramref name="dx"/> is set in place of added to.</param>
    /// <param name="rounded">(N, C): receives <paramref name="dx"/> for the products before this layer.</param>
    /// <param name="sums">Gradients of the norm's weight and bias, and of the bias before the residual sum.</param>
    public static void NormBackward(
        Tensor dy, Tensor x, Tensor statistics, LayerNorm norm, Tensor dx, bool first, Tensor rounded,
        (ColumnSums Weight, ColumnSums Bias, ColumnSums Before) sums)
    {
        var c = (int)x.shape[1];
        var slope = Kernels.Bytes(dy);
        var from = Kernels.Floats(x);
        var kept = Kernels.Floats(statistics);
        var gain = Kernels.Floats(norm.Weight);
        var total = Kernels.Floats(dx);
        var output = Kernels.Bytes(rounded);
        OpenMp.For(x.shape[0], (thread, start, end) =>
        {
            var weight = sums.Weight.Start(thread);
            var bias = sums.Bias.Start(thread);
            var before = sums.Before.Start(thread);
            for (var n = start; n < end; n++)
            {
                var mean = Vector512.Create(kept[2 * n]);
                var inverse = Vector512.Create(kept[(2 * n) + 1]);
                var (plain, product) = (Vector512<float>.Zero, Vector512<float>.Zero);
                for (var i = 0; i < c; i += W)
                {
                    var g = T.Load(slope, (n * c) + i);
                    var normed = (Vector512.Load(from + (n * c) + i) - mean) * inverse;
                    (Vector512.Load(weight + i) + (g * normed)).Store(weight + i);
                    (Vector512.Load(bias + i) + g).Store(bias + i);
                    g *= Vector512.Load(gain + i);
                    plain += g;
                    product += g * normed;
                }

                var meanSlope = Vector512.Create(Vector512.Sum(plain) / c);
                var meanProduct = Vector512.Create(Vector512.Sum(product) / c);
                for (var i = 0; i < c; i += W)
                {
                    var g = T.Load(slope, (n * c) + i) * Vector512.Load(gain + i);
                    var normed = (Vector512.Load(from + (n * c) + i) - mean) * inverse;
                    var value = (g - meanSlope - (normed * meanProduct)) * inverse;
                    if (!first)
                        value += Vector512.Load(total + (n * c) + i);
                    value.Store(total + (n * c) + i);
                    T.Store(output, (n * c) + i, value);
                    (Vector512.Load(before + i) + T.Load(output, (n * c) + i)).Store(before + i);
                }
            }
        });
    }

    /// <summary>h = GELU(x + bias); x + bias stays for the backward pass.</summary>
    public static void Gelu(Tensor x, Tensor? bias, Tensor h)
    {
        var c = (int)x.shape[1];
        var from = Kernels.Bytes(x);
        var shift = Kernels.FloatsOrNull(bias);
        var result = Kernels.Bytes(h);
        OpenMp.For(x.shape[0], (_, start, end) =>
        {
            for (var n = start; n < end; n++)
            {
                for (var i = 0; i < c; i += W)
                {
                    var value = T.Load(from, (n * c) + i);
                    if (shift is not null)
                    {
                        value += Vector512.Load(shift + i);
                        T.Store(from, (n * c) + i, value);
                    }

                    T.Store(result, (n * c) + i, VectorMath.Gelu(value).Value);
                }
            }
        });
    }

    /// <summary>Turns the gradient of GELU's result, in place, into that of its input, and sums its columns.</summary>
    public static void GeluBackward(Tensor x, Tensor gradient, ColumnSums sums)
    {
        var c = (int)x.shape[1];
        var from = Kernels.Bytes(x);
        var slope = Kernels.Bytes(gradient);
        OpenMp.For(x.shape[0], (thread, start, end) =>
        {
            var sum = sums.Start(thread);
            for (var n = start; n < end; n++)
            {
                for (var i = 0; i < c; i += W)
                {
                    var value = T.Load(slope, (n * c) + i) * VectorMath.Gelu(T.Load(from, (n * c) + i)).Slope;
                    T.Store(slope, (n * c) + i, value);
                    (Vector512.Load(sum + i) + value).Store(sum + i);
                }
            }
        });
    }

    /// <summary>Adds a bias to each row.</summary>
    public static void AddBias(Tensor x, Tensor? bias)
    {
        if (bias is null)
            return;
        var c = (int)x.shape[1];
        var values = Kernels.Bytes(x);
        var shift = Kernels.Floats(bias);
        OpenMp.For(x.shape[0], (_, start, end) =>
        {
            for (var n = start; n < end; n++)
            {
                for (var i = 0; i < c; i += W)
                    T.Store(values, (n * c) + i, T.Load(values, (n * c) + i) + Vector512.Load(shift + i));
            }
        });
    }

    /// <summary>Sums each column.</summary>
    public static void SumColumns(Tensor x, ColumnSums sums)
    {
        var c = (int)x.shape[1];
        var values = Kernels.Bytes(x);
        OpenMp.For(x.shape[0], (thread, start, end) =>
        {
            var sum = sums.Start(thread);
            for (var n = start; n < end; n++)
            {
                for (var i = 0; i < c; i += W)
                    (Vector512.Load(sum + i) + T.Load(values, (n * c) + i)).Store(sum + i);
            }
        });
    }

    /// <summary>
    /// Softmax cross-entropy: turns logits, in place, into the gradients of <c>factor · Σ loss</c>.
    /// </summary>
    /// <param name="logits">(R, V).</param>
    /// <param name="targets">(R) int64, contiguous.</param>
    /// <param name="factor">On the gradients alone.</param>
    /// <returns>The sum of the rows' losses in nats.</returns>
    public static double CrossEntropy(Tensor logits, Tensor targets, float factor)
    {
        var (rows, width) = (logits.shape[0], logits.shape[1]);
        var values = Kernels.Bytes(logits);
        var wanted = (long*)Kernels.Bytes(targets);
        var losses = new double[rows];
        OpenMp.For(rows, (_, start, end) =>
        {
            var powers = (float*)NativeMemory.AlignedAlloc((nuint)(width * sizeof(float)), 64);
            try
            {
                for (var n = start; n < end; n++)
                    losses[n] = CrossEntropyRow(values, n * width, width, wanted[n], factor, powers);
            }
            finally
            {
                NativeMemory.AlignedFree(powers);
            }
        });
        return losses.Sum(); // In the rows' order, whatever the threads.
    }

    /// <summary>Sets a fp32 tensor to another's values, or adds them.</summary>
    public static void Accumulate(Tensor target, Tensor source, bool add)
    {
        var into = Kernels.Floats(target);
        var from = Kernels.Bytes(source);
        OpenMp.For(target.NumberOfElements / W, (_, start, end) =>
        {
            for (var i = start * W; i < end * W; i += W)
            {
                var value = T.Load(from, i);
                (add ? Vector512.Load(into + i) + value : value).Store(into + i);
            }
        });
    }

    private static void AddRow(float* x, void* branch, long at, float* bias, float* sum, int c)
    {
        for (var i = 0; i < c; i += W)
        {
            var value = Vector512.Load(x + i) + T.Load(branch, at + i);
            (bias is null ? value : value + Vector512.Load(bias + i)).Store(sum + i);
        }
    }

    private static (float Mean, float Inverse) Statistics(float* row, int c, float epsilon)
    {
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < c; i += W)
            sum += Vector512.Load(row + i);
        var mean = Vector512.Sum(sum) / c;
        var squares = Vector512<float>.Zero;
        for (var i = 0; i < c; i += W)
        {
            var centred = Vector512.Load(row + i) - Vector512.Create(mean);
            squares += centred * centred;
        }

        return (mean, 1 / MathF.Sqrt((Vector512.Sum(squares) / c) + epsilon));
    }

    private static double CrossEntropyRow(
        void* values, long at, long width, long wanted, float factor, float* powers)
    {
        var whole = width / W * W;
        var largest = Vector512.Create(float.NegativeInfinity);
        for (var i = 0L; i < whole; i += W)
            largest = Vector512.Max(largest, T.Load(values, at + i));
        var max = Largest(largest);
        for (var i = whole; i < width; i++)
            max = MathF.Max(max, T.Get(values, at + i));
        var sums = Vector512<float>.Zero;
        for (var i = 0L; i < whole; i += W)
        {
            var power = VectorMath.Exp(T.Load(values, at + i) - Vector512.Create(max));
            sums += power;
            power.Store(powers + i);
        }

        var sum = Vector512.Sum(sums);
        for (var i = whole; i < width; i++)
            sum += powers[i] = MathF.Exp(T.Get(values, at + i) - max);
        // Before anything is written: an id beyond the row would be another row's memory.
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)wanted, (ulong)width);
        var loss = Math.Log(sum) + max - T.Get(values, at + wanted);
        var scale = factor / sum;
        for (var i = 0L; i < whole; i += W)
            T.Store(values, at + i, Vector512.Load(powers + i) * scale);
        for (var i = whole; i < width; i++)
            T.Set(values, at + i, powers[i] * scale);
        T.Set(values, at + wanted, (powers[wanted] * scale) - factor);
        return loss;
    }
}
