using static TorchSharp.torch;

namespace Platform.Modeling;

/// <content>Switching adapters between passes.</content>
public sealed partial class Gpt
{
    /// <summary>
    /// Makes an adapter, or none, part of the inference passes that follow. Unlike <see cref="Attach"/> it leaves
    /// gradients as they are and keeps the copies of weights in the compute type, so it costs next to nothing; nothing
    /// may train meanwhile.
    /// </summary>
    /// <param name="adapter">One that was made for this model and belongs to the caller;
    /// null for the base alone.</param>
    public void Serve(LoraAdapter? adapter)
    {
        if (ReferenceEquals(adapter, Adapter))
            return;
        var hasBiases = Adapter is { Config.Bias: not LoraBias.None } || adapter is { Config.Bias: not LoraBias.None };
        Adapter = adapter;
        if (adapter is not null)
            adapter.Connect(this);
        else
            Disconnect();
        foreach (var (_, layer) in LinearLayers)
        {
            if (hasBiases)
                layer.ClearBiasCopy();
        }
    }

    /// <summary>
    /// Gives the weights of matrix products the values of a kind, for good, and for inference only. Passes compute in
    /// fp32 for fp32, else in bf16.
    /// </summary>
    internal void RoundWeights(WeightKind kind)
    {
        foreach (var parameter in parameters())
            parameter.requires_grad = false;
        if (kind == WeightKind.Int8)
            Int8Rounding.Apply(this);
        Precision = kind == WeightKind.Fp32 ? Precision.Fp32 : Precision.Bf16;
    }

    /// <summary>Keeps the linear layers in the type of passes alone.</summary>
    internal void CastLinearLayers()
    {
        using var noGrad = no_grad();
        foreach (var (_, layer) in LinearLayers)
            layer.Cast(ComputeType);
    }

    internal TorchSharp.Modules.Parameter PositionWeight => transformer.PositionEmbedding.Weight;

    /// <summary>
    /// The head's weights for a kind: the copy that passes use, or the master where it is rounded anyway.
    /// </summary>
    internal Tensor HeadWeight(WeightKind kind) => kind == WeightKind.Bf16
        ? transformer.TokenEmbedding.Table(ScalarType.BFloat16)
        : TokenWeight;

    private void Disconnect()
    {
        foreach (var (_, layer) in LinearLayers)
            (layer.Adapter, layer.AdapterBias) = (null, null);
        foreach (var (_, norm) in LayerNorms)
            norm.AdapterBias = null;
    }
}
