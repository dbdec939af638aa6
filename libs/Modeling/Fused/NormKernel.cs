using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>The 2-norm of tensors on the CPU, on all threads; the same bits whatever their number.</summary>
internal static unsafe class NormKernel
{
    // Summed up in fp32; the pieces' sums in double precision.
    private const int Piece = 1 << 14;

    /// <summary>Whether a tensor can be read here.</summary>
    public static bool Supports(Tensor tensor) => AdamWKernel.Supports(tensor);

    /// <summary>√Σx² over all numbers of all tensors.</summary>
    public static double Norm(IEnumerable<Tensor> tensors) => Math.Sqrt(tensors.Sum(SumOfSquares));

    private static double SumOfSquares(Tensor tensor)
    {
        var values = Kernels.Floats(tensor);
        var count = tensor.NumberOfElements;
        var sums = new double[(count + Piece - 1) / Piece];
        OpenMp.For(sums.Length, (_, first, last) =>
        {
            for (var piece = first; piece < last; piece++)
                sums[piece] = SumOfSquares(values + (piece * Piece), (int)Math.Min(Piece, count - (piece * Piece)));
        });
        return sums.Sum();
    }

    private static double SumOfSquares(float* values, int count)
    {
        var w = Vector512<float>.Count;
        var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i + (2 * w) <= count; i += 2 * w)
        {
            var (x, y) = (Vector512.Load(values + i), Vector512.Load(values + i + w));
            even += x * x;
            odd += y * y;
        }

        double sum = Vector512.Sum(even + odd);
        for (; i < count; i++)
            sum += (double)values[i] * values[i];
        return sum;
    }
}
