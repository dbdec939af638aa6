using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>One AdamW update on the CPU, the gradients' scaling included, in one pass over memory.</summary>
internal static unsafe class AdamWKernel
{
    private static readonly int W = Vector512<float>.Count;

    /// <summary>Whether a tensor can be updated here.</summary>
    public static bool Supports(Tensor parameter) =>
        Vector512.IsHardwareAccelerated && parameter.device.type == TorchSharp.DeviceType.CPU
        && parameter.dtype == ScalarType.Float32 && parameter.is_contiguous();

    /// <summary>Updates a parameter and its moments in place.</summary>
    /// <param name="tensors">Parameter, gradient, mean and square, all fp32 and contiguous.</param>
    /// <param name="gradientScale">Times the gradient, which stays as it is.</param>
    /// <param name="step">This update's number, from 1.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="options">The constants.</param>
    /// <param name="weightDecay">Decoupled decay, times the rate.</param>
    public static void Update(
        (Tensor Parameter, Tensor Gradient, Tensor Mean, Tensor Square) tensors, double gradientScale, int step,
        double rate, AdamWOptions options, double weightDecay)
    {
        var p = Kernels.Floats(tensors.Parameter);
        var g = Kernels.Floats(tensors.Gradient);
        var m = Kernels.Floats(tensors.Mean);
        var v = Kernels.Floats(tensors.Square);
        var count = tensors.Parameter.NumberOfElements;
        var keep = (float)(1 - (rate * weightDecay));
        var stepSize = (float)(rate / (1 - Math.Pow(options.Beta1, step)));
        var correction = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, step)));
        var (beta1, beta2) = ((float)options.Beta1, (float)options.Beta2);
        var (rest1, rest2) = ((float)(1 - options.Beta1), (float)(1 - options.Beta2));
        var (epsilon, scale) = ((float)options.Epsilon, (float)gradientScale);
        OpenMp.For((count + W - 1) / W, (_, start, end) =>
        {
            for (var i = start * W; i < end * W && i + W <= count; i += W)
            {
                var slope = Vector512.Load(g + i) * scale;
                var mean = (Vector512.Load(m + i) * beta1) + (slope * rest1);
                var square = (Vector512.Load(v + i) * beta2) + (slope * slope * rest2);
                mean.Store(m + i);
                square.Store(v + i);
                var divisor = (Vector512.Sqrt(square) * correction) + Vector512.Create(epsilon);
                ((Vector512.Load(p + i) * keep) - (mean * stepSize / divisor)).Store(p + i);
            }

            for (var i = Math.Max(start * W, count / W * W); i < Math.Min(end * W, count); i++)
            {
                var slope = g[i] * scale;
                m[i] = (m[i] * beta1) + (slope * rest1);
                v[i] = (v[i] * beta2) + (slope * slope * rest2);
                p[i] = (p[i] * keep) - (m[i] * stepSize / ((MathF.Sqrt(v[i]) * correction) + epsilon));
            }
        });
    }
}
