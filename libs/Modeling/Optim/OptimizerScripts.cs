using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The fused and foreach operations that TorchSharp has no functions for, through TorchScript. A script that does
/// not compile ends the process, so they are constants, and tests run every one.
/// </summary>
internal static class OptimizerScripts
{
    private const string Source = """
        def adamw(params: List[Tensor], grads: List[Tensor], exp_avgs: List[Tensor], exp_avg_sqs: List[Tensor],
                  steps: List[Tensor], lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            torch._fused_adamw_(params, grads, exp_avgs, exp_avg_sqs, [], steps, lr=lr, beta1=beta1, beta2=beta2,
                                weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)
            return steps[0]

        def global_norm(tensors: List[Tensor]):
            return torch.stack(torch._foreach_norm(tensors, 2)).norm()

        def scale(tensors: List[Tensor], factor: float):
            torch._foreach_mul_(tensors, factor)
            return tensors[0]

        """;

    private static readonly Lazy<jit.CompilationUnit> Unit = new(() =>
    {
        Libtorch.EnsureLoaded();
        return jit.compile(Source);
    });

    /// <summary>One AdamW update of all tensors in place; weight decay is decoupled (Loshchilov and Hutter).</summary>
    public static void AdamW(
        Tensor[] parameters, Tensor[] gradients, Tensor[] means, Tensor[] squares, Tensor step, double rate,
        AdamWOptions options, double weightDecay)
    {
        Tensor[] steps = [.. Enumerable.Repeat(step, parameters.Length)];
        Invoke("adamw", [parameters, gradients, means, squares, steps],
            rate, options.Beta1, options.Beta2, weightDecay, options.Epsilon).Dispose();
    }

    /// <summary>The 2-norm of all tensors together, a scalar.</summary>
    public static Tensor GlobalNorm(Tensor[] tensors) => Invoke("global_norm", [tensors]);

    /// <summary>Multiplies all tensors in place.</summary>
    public static void Scale(Tensor[] tensors, double factor) => Invoke("scale", [tensors], factor).Dispose();

    private static Tensor Invoke(string function, object[] tensors, params double[] numbers)
    {
        // Numbers as scalars of our own: those that TorchSharp makes itself may be finalised before the call.
        var scalars = Array.ConvertAll(numbers, number => number.ToScalar());
        try
        {
            return Unit.Value.invoke<Tensor>(function, [.. tensors, .. scalars]);
        }
        finally
        {
            foreach (var scalar in scalars)
                scalar.Dispose();
        }
    }
}
