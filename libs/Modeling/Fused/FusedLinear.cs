using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The matrix products of a linear layer's forward and backward pass, into memory that is there already: by
/// <see cref="MatrixProduct{T}"/>, or by libtorch where that does not suit.
/// </summary>
internal sealed class FusedLinear<T> : IDisposable
    where T : struct, IElement
{
    private readonly MatrixProduct<T> _product = new();
    private Tensor? _scratch;

    /// <summary>y = x·Wᵀ, without the bias.</summary>
    public void Forward(Tensor x, Tensor weight, Tensor y)
    {
        using var scope = NewDisposeScope();
        if (Supports(y, x.shape[1], x, weight)) // (N, out) of in
            _product.Multiply(Along(x), Along(weight), x.shape[1], Result(y));
        else
            y.addmm_(x, weight.t(), 0, 1); // (N, out)
    }

    /// <summary>dx = dy·W.</summary>
    public void Input(Tensor dy, Tensor weight, Tensor dx)
    {
        using var scope = NewDisposeScope();
        if (Supports(dx, dy.shape[1], dy, weight)) // (N, in) of out
            _product.Multiply(Along(dy), Across(weight), dy.shape[1], Result(dx));
        else
            dx.addmm_(dy, weight, 0, 1); // (N, in)
    }

    /// <summary>dW = dyᵀ·x, set or added to the weight's gradient in fp32.</summary>
    /// <param name="dy">(N, out).</param>
    /// <param name="x">(N, in).</param>
    /// <param name="gradient">(out, in) fp32.</param>
    /// <param name="add">Whether there is something to add to.</param>
    public void Weight(Tensor dy, Tensor x, Tensor gradient, bool add)
    {
        using var scope = NewDisposeScope();
        if (Supports(gradient, dy.shape[0], dy, x)) // (out, in) of N
        {
            _product.Multiply(Across(dy), Across(x), dy.shape[0], Result(gradient, add) with { IsReadLate = !add });
        }
        else if (dy.dtype == ScalarType.Float32)
        {
            gradient.addmm_(dy.t(), x, add ? 1 : 0, 1); // (out, in)
        }
        else
        {
            var product = Scratch(gradient.NumberOfElements).view(gradient.shape);
            product.addmm_(dy.t(), x, 0, 1); // (out, in)
            Kernels<T>.Accumulate(gradient, product, add);
        }
    }

    public void Dispose()
    {
        _product.Dispose();
        _scratch?.Dispose();
    }

    private static bool Supports(Tensor result, long depth, Tensor left, Tensor right) =>
        MatrixProduct<T>.Supports(
            result.shape[0], result.shape[1], depth, intoFloat: result.dtype == ScalarType.Float32)
        && result.is_contiguous() && left.is_contiguous() && right.is_contiguous();

    // Rows of x, or of Wᵀ's transpose, are the product's lines.
    private static ProductFactor Along(Tensor matrix) => new(Address(matrix), matrix.shape[1], true);

    // Its columns are.
    private static ProductFactor Across(Tensor matrix) => new(Address(matrix), matrix.shape[1], false);

    private static ProductResult Result(Tensor matrix, bool add = false) =>
        new(Address(matrix), matrix.shape[0], matrix.shape[1], matrix.dtype == ScalarType.Float32, add);

    private static unsafe nint Address(Tensor tensor) => (nint)Kernels.Bytes(tensor);

    // A product before it is added to a gradient in fp32.
    private Tensor Scratch(long elements)
    {
        if (_scratch is null || _scratch.NumberOfElements < elements)
        {
            _scratch?.Dispose();
            _scratch = empty(elements, dtype: T.Type).DetachFromDisposeScope();
        }

        return _scratch.narrow(0, 0, elements);
    }
}
