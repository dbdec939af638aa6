using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>One linear layer's low-rank term: <c>s · B·A·drop(x)</c>.</summary>
internal sealed class LoraLayer : IDisposable
{
    private readonly ComputeWeight _a = new();
    private readonly ComputeWeight _b = new();

    public required Parameter A { get; init; } // (r, in)

    public required Parameter B { get; init; } // (out, r)

    public required double Scale { get; init; }

    public required double Dropout { get; init; }

    public Tensor Forward(Tensor x, ForwardPass pass) // (N, in) → (N, out)
    {
        if (pass.Training)
            x = ForwardPass.Drop(x, Dropout, pass.Generator);
        var low = nn.functional.linear(x, _a.Of(A, pass.Type)); // (N, r)
        return nn.functional.linear(low * Scale, _b.Of(B, pass.Type)); // (N, out)
    }

    /// <summary>What merging adds to the base weight.</summary>
    public Tensor Delta() => B.matmul(A).mul_(Scale); // (out, in)

    public void ClearCopies()
    {
        _a.Dispose();
        _b.Dispose();
    }

    public void Dispose()
    {
        ClearCopies();
        A.Dispose();
        B.Dispose();
    }
}
