using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Layer norm over the last dimension, in fp32, with an optional bias.</summary>
internal sealed class LayerNorm : nn.Module
{
    private readonly Parameter weight; // (C)
    private readonly Parameter? bias; // (C)
    private readonly double _epsilon;
    private readonly long[] _shape;

    public LayerNorm(GptConfig config, Device device)
        : base(nameof(LayerNorm))
    {
        weight = new Parameter(ones(config.NEmbd, device: device));
        bias = config.Bias ? new Parameter(zeros(config.NEmbd, device: device)) : null;
        _epsilon = config.LayerNormEpsilon;
        _shape = [config.NEmbd];
        RegisterComponents();
    }

    public Parameter Weight => weight;

    public Parameter? Bias => bias;

    public float Epsilon => (float)_epsilon;

    /// <summary>The attached adapter's bias in place of the base's own.</summary>
    public Parameter? AdapterBias { get; set; }

    /// <summary>Normalises in fp32 and returns the type of the products that follow.</summary>
    public Tensor Forward(Tensor x, ScalarType type)
    {
        var y = nn.functional.layer_norm(x, _shape, weight, AdapterBias ?? bias, _epsilon);
        return y.dtype == type ? y : y.to(type);
    }
}
