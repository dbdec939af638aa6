using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>A table of rows; the token table is the head's weight too.</summary>
internal sealed class Embedding : nn.Module
{
    private readonly Parameter weight; // (rows, C)
    private readonly ComputeWeight _weight = new();

    public Embedding(int rows, int width, Device device)
        : base(nameof(Embedding))
    {
        weight = new Parameter(empty(rows, width, device: device));
        RegisterComponents();
    }

    public Parameter Weight => weight;

    /// <summary>The whole table in the type of the products.</summary>
    public Tensor Table(ScalarType type) => _weight.Of(weight, type);

    public void ClearCopies() => _weight.Invalidate();
}
