using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Platform.Modeling;

/// <summary>What happens to single rows between the matrix products.</summary>
internal static unsafe class RowKernels
{
    /// <summary>y = layer norm of x; the bias may be null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayerNorm(float* x, float* weight, float* bias, float* y, int width, float epsilon)
    {
        var sum = Vector512<float>.Zero;
        for (nint k = 0; k < width; k += 16)
            sum += Vector512.Load(x + k);
        var mean = Vector512.Create(Vector512.Sum(sum) / width);
        var squares = Vector512<float>.Zero;
        for (nint k = 0; k < width; k += 16)
        {
            var d = Vector512.Load(x + k) - mean;
            squares = Vector512.FusedMultiplyAdd(d, d, squares);
        }

        var scale = Vector512.Create(1 / MathF.Sqrt((Vector512.Sum(squares) / width) + epsilon));
        for (nint k = 0; k < width; k += 16)
        {
            var v = (Vector512.Load(x + k) - mean) * scale * Vector512.Load(weight + k);
            (bias == null ? v : v + Vector512.Load(bias + k)).Store(y + k);
        }
    }

    /// <summary>GPT-2's GELU with tanh, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gelu(float* x, int from, int to)
    {
        var k = from;
        for (; k + 16 <= to; k += 16)
            Gelu(Vector512.Load(x + k)).Store(x + k);
        for (; k < to; k++)
            x[k] = Gelu(Vector512.Create(x[k]))[0];
    }

    /// <summary>y += factor · x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* y, float* x, float factor, int from, int to)
    {
        var k = from;
        var f = Vector512.Create(factor);
        for (; k + 16 <= to; k += 16)
            Vector512.FusedMultiplyAdd(f, Vector512.Load(x + k), Vector512.Load(y + k)).Store(y + k);
        for (; k < to; k++)
            y[k] = MathF.FusedMultiplyAdd(factor, x[k], y[k]);
    }

    /// <summary>y *= x.</summary>
    public static void Scale(float* y, float* x, int from, int to)
    {
        for (var k = from; k < to; k++)
            y[k] *= x[k];
    }

    /// <summary>x · y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* x, float* y, int width)
    {
        var sum = Vector512<float>.Zero;
        for (nint k = 0; k < width; k += 16)
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(x + k), Vector512.Load(y + k), sum);
        return Vector512.Sum(sum);
    }

    // 0.5 x (1 + tanh u) = x - x / (e^2u + 1), with u = √(2/π) (x + 0.044715 x³).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Gelu(Vector512<float> x)
    {
        const float TwiceRoot = 1.5957691216057308f; // 2 √(2/π)
        var u = TwiceRoot * (x + (0.044715f * x * x * x));
        // Beyond this e^u is so large that nothing is left to take away; and it must not be infinite.
        u = Vector512.Min(u, Vector512.Create(80f));
        return x - (x / (Vector512.Exp(u) + Vector512<float>.One));
    }
}
