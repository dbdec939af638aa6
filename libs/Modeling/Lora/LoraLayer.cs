using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// One linear layer's low-rank term: <c>s · B·A·drop(x)</c>; with DoRA the layer's rows are rescaled too.
/// </summary>
internal sealed class LoraLayer : IDisposable
{
    private readonly ComputeWeight _a = new();
    private readonly ComputeWeight _b = new();
    private Tensor? _lengths; // (out) fp32

    public required Parameter A { get; init; } // (r, in)

    public required Parameter B { get; init; } // (out, r)

    /// <summary>DoRA's m: the length of each row of the weights; null without DoRA.</summary>
    public Parameter? Magnitude { get; set; } // (out)

    public required double Scale { get; init; }

    public required double Dropout { get; init; }

    /// <summary>The layer's result with the adapter's part.</summary>
    /// <param name="y">The base's own result, with its bias; changed in place where that does.</param>
    /// <param name="x">What went into the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="bias">What <paramref name="y"/> has in it beside the product; null where nothing.</param>
    /// <param name="pass">The pass.</param>
    public Tensor Add(Tensor y, Tensor x, Linear layer, Tensor? bias, ForwardPass pass) // (N, out), (N, in) → (N, out)
    {
        var dropped = pass.Training ? ForwardPass.Drop(x, Dropout, pass.Generator) : x;
        var low = nn.functional.linear(dropped, _a.Of(A, pass.Type)).TimesInPlace(Scale); // (N, r)
        var b = _b.Of(B, pass.Type).t(); // (r, out)
        // In place: a linear layer's result is not needed for its own gradient.
        if (Magnitude is null)
            return y.addmm_(low, b);

        // Liu et al. 2024, section 4.3: the length is taken as a constant.
        var ratio = (Magnitude / Lengths(layer.Weight)).to(pass.Type); // (out)
        if (!ReferenceEquals(dropped, x))
            return y.Plus(layer.Product(dropped, pass) * ratio.sub(TensorNumbers.One)).Plus(low.matmul(b) * ratio);
        if (bias is null)
            return y.addmm_(low, b) * ratio;
        return ((y - bias).addmm_(low, b) * ratio).Plus(bias);
    }

    /// <summary>What merging adds to the base weight.</summary>
    public Tensor Delta() => B.matmul(A).TimesInPlace(Scale); // (out, in)

    /// <summary>The length of each row of the weights with the low-rank term in them.</summary>
    public Tensor Lengths(Tensor weight) // (out, in) → (out)
    {
        if (_lengths is not null)
            return _lengths;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return _lengths = Delta().AddInPlace(weight).norm(1).DetachFromDisposeScope();
    }

    public void ClearCopies()
    {
        _a.Dispose();
        _b.Dispose();
        _lengths?.Dispose();
        _lengths = null;
    }

    public void Dispose()
    {
        ClearCopies();
        A.Dispose();
        B.Dispose();
        Magnitude?.Dispose();
    }
}
