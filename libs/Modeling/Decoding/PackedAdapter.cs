using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>One layer's or norm's part of an adapter, as the decoder reads it.</summary>
internal sealed unsafe class PackedAdapter : IDisposable
{
    private readonly FloatBuffer? _a;
    private readonly FloatBuffer? _b;
    private readonly FloatBuffer? _ratios;
    private readonly FloatBuffer? _bias;

    private PackedAdapter(LoraLayer? layer, Linear? target, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _bias = bias is null ? null : FloatBuffer.Of(bias);
        if (layer is null)
            return;
        Rank = (int)layer.A.shape[0];
        _a = FloatBuffer.Of(layer.A);
        _b = FloatBuffer.Of(layer.B.t().Times(layer.Scale));
        if (layer.Magnitude is { } magnitude)
            _ratios = FloatBuffer.Of(magnitude / layer.Lengths(target!.Weight.to(ScalarType.Float32)));
    }

    /// <summary>r; 0 where only the bias is the adapter's.</summary>
    public int Rank { get; }

    /// <summary>A: (r, in).</summary>
    public float* A => _a is null ? null : _a.Start;

    /// <summary>B transposed, with the adapter's scale in it: (r, out).</summary>
    public float* B => _b is null ? null : _b.Start;

    /// <summary>DoRA's factor of each output; null without DoRA.</summary>
    public float* Ratios => _ratios is null ? null : _ratios.Start;

    /// <summary>The bias in place of the base's; null: the base's.</summary>
    public float* Bias => _bias is null ? null : _bias.Start;

    /// <summary>Packs what an adapter has for a layer (a norm: null); null where it leaves it alone.</summary>
    public static PackedAdapter? Of(LoraAdapter adapter, string name, Linear? target)
    {
        var (layer, bias) = (adapter.LayerOf(name), adapter.BiasOf(name));
        return layer is null && bias is null ? null : new PackedAdapter(layer, target, bias);
    }

    public void Dispose()
    {
        _a?.Dispose();
        _b?.Dispose();
        _ratios?.Dispose();
        _bias?.Dispose();
    }
}
