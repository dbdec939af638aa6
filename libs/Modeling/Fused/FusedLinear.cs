using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>The matrix products of a linear layer's forward and backward pass, into memory that is there already.</summary>
internal static class FusedLinear
{
    /// <summary>y = x·Wᵀ, without the bias.</summary>
    public static void Forward(Tensor x, Tensor weight, Tensor y)
    {
        using var scope = NewDisposeScope();
        y.addmm_(x, weight.t(), 0, 1); // (N, out)
    }

    /// <summary>dx = dy·W.</summary>
    public static void Input(Tensor dy, Tensor weight, Tensor dx)
    {
        using var scope = NewDisposeScope();
        dx.addmm_(dy, weight, 0, 1); // (N, in)
    }

    /// <summary>dW = dyᵀ·x, set or added to the weight's gradient in fp32.</summary>
    /// <param name="dy">(N, out).</param>
    /// <param name="x">(N, in).</param>
    /// <param name="gradient">(out, in) fp32.</param>
    /// <param name="add">Whether there is something to add to.</param>
    /// <param name="scratch">At least out·in elements of the products' type; unused in fp32.</param>
    public static void Weight(Tensor dy, Tensor x, Tensor gradient, bool add, Tensor scratch)
    {
        using var scope = NewDisposeScope();
        if (dy.dtype == ScalarType.Float32)
        {
            gradient.addmm_(dy.t(), x, add ? 1 : 0, 1); // (out, in)
            return;
        }

        var product = scratch.view(-1).narrow(0, 0, gradient.NumberOfElements).view(gradient.shape);
        product.addmm_(dy.t(), x, 0, 1); // (out, in)
        Kernels<BFloat16Element>.Accumulate(gradient, product, add);
    }
}
