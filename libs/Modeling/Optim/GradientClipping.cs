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
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var gradients = selection.Gradients();
        double norm = OptimizerScripts.GlobalNorm(gradients).item<float>();
        // PyTorch's clip_grad_norm_: the small number keeps a zero norm from dividing.
        var factor = maxNorm / (norm + 1e-6);
        if (maxNorm > 0 && factor < 1)
            OptimizerScripts.Scale(gradients, factor);
        return norm;
    }
}
