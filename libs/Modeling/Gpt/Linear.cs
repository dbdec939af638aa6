using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary><c>y = x·Wᵀ + b</c>, plus the low-rank term of the adapter that is attached, if any.</summary>
internal sealed class Linear : nn.Module
{
    private readonly Parameter weight; // (out, in)
    private readonly Parameter? bias; // (out)
    private readonly ComputeWeight _weight = new();
    private readonly ComputeWeight _bias = new();
    private readonly ComputeWeight _floatBias = new();

    public Linear(int inFeatures, int outFeatures, bool hasBias, Device device)
        : base(nameof(Linear))
    {
        weight = new Parameter(empty(outFeatures, inFeatures, device: device));
        bias = hasBias ? new Parameter(zeros(outFeatures, device: device)) : null;
        RegisterComponents();
    }

    public Parameter Weight => weight;

    public Parameter? Bias => bias;

    public int InFeatures => (int)weight.shape[1];

    public int OutFeatures => (int)weight.shape[0];

    /// <summary>The attached adapter's part for this layer.</summary>
    public LoraLayer? Adapter { get; set; }

    /// <summary>The attached adapter's bias in place of the base's own.</summary>
    public Parameter? AdapterBias { get; set; }

    /// <summary>The bias that counts beside the product: an adapter's or the base's own; null where a pack brings each
    /// adapter's.</summary>
    public Parameter? TrainedBias => Pack is { HasBiases: true } ? null : AdapterBias ?? bias;

    /// <summary>The same in fp32.</summary>
    public Tensor? FloatBias =>
        TrainedBias is { } counts ? _floatBias.Of(counts, ScalarType.Float32) : null; // (out)

    /// <summary>The weight in the type of the products.</summary>
    public Tensor Compute(ScalarType type) => _weight.Of(weight, type); // (out, in)

    /// <summary>Several adapters' part for this layer, in place of one's.</summary>
    public PackedLayer? Pack { get; set; }

    public Tensor Forward(Tensor x, ForwardPass pass) // (N, in) → (N, out)
    {
        if (Pack is { HasBiases: true } pack)
            return pack.Add(Product(x, pass), x, pass);
        var master = AdapterBias ?? bias;
        var b = master is null ? null : _bias.Of(master, pass.Type);
        var y = nn.functional.linear(x, _weight.Of(weight, pass.Type), b); // (N, out)
        if (Pack is not null)
            return Pack.Add(y, x, pass);
        return Adapter is null ? y : Adapter.Add(y, x, this, b, pass);
    }

    /// <summary><c>x·Wᵀ</c> alone.</summary>
    public Tensor Product(Tensor x, ForwardPass pass) => // (N, in) → (N, out)
        nn.functional.linear(x, _weight.Of(weight, pass.Type));

    /// <summary>Gives the base's own parameters another type, for good.</summary>
    public void Cast(ScalarType type)
    {
        _ = this.to(type);
        foreach (var parameter in parameters())
            parameter.DetachFromDisposeScope();
    }

    public void ClearBiasCopy() => _bias.Invalidate();

    public void ClearCopies()
    {
        _weight.Invalidate();
        _floatBias.Invalidate();
        ClearAdapterCopies();
    }

    /// <summary>Drops the copies of what an adapter trains; the base's weight did not change.</summary>
    public void ClearAdapterCopies()
    {
        _bias.Invalidate();
        Adapter?.ClearCopies();
    }
}
