using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Clipping by the norm of all gradients together.</summary>
public static class GradientClipping
{
    /// <summary>Scales the gradients down so that their norm is at most the given one, as PyTorch does.</summary>
    /// <param name="selection">Whose gradients.</param>
    /// <param name="maxNorm">The largest norm; 0 or infinity measures only.</param>
    /// <returns>The norm before clipping; NaN or infinite where a gradient is.</returns>
    public static double Clip(ParameterSelection selection, double maxNorm)
    {
        var (norm, scale) = Measure(selection, maxNorm);
        if (scale != 1)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            OptimizerScripts.Scale(selection.Gradients(), scale);
        }

        return norm;
    }

    /// <summary>
    /// The norm, and the factor that <see cref="Clip"/> would scale by, for <see cref="AdamW.Step"/> to apply on its
    /// way: one pass over memory less.
    /// </summary>
    /// <param name="selection">Whose gradients.</param>
    /// <param name="maxNorm">The largest norm; 0 or infinity for a factor of 1.</param>
    public static (double Norm, double Scale) Measure(ParameterSelection selection, double maxNorm)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var gradients = selection.Gradients();
        var norm = gradients.All(NormKernel.Supports)
            ? NormKernel.Norm(gradients)
            : OptimizerScripts.GlobalNorm(gradients).item<float>();
        // PyTorch's clip_grad_norm_: the small number keeps a zero norm from dividing.
        var factor = maxNorm / (norm + 1e-6);
        return (norm, maxNorm > 0 && factor < 1 ? factor : 1);
    }
}
