namespace Platform.Modeling;

/// <content>Switching adapters between passes.</content>
public sealed partial class Gpt
{
    /// <summary>
    /// Makes an adapter, or none, part of the inference passes that follow. Unlike <see cref="Attach"/> it leaves
    /// gradients as they are and keeps the copies of weights in the compute type, so it costs next to nothing; nothing
    /// may train meanwhile.
    /// </summary>
    /// <param name="adapter">One that was made for this model and belongs to the caller; null for the base alone.</param>
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

    private void Disconnect()
    {
        foreach (var (_, layer) in LinearLayers)
            (layer.Adapter, layer.AdapterBias) = (null, null);
        foreach (var (_, norm) in LayerNorms)
            norm.AdapterBias = null;
    }
}
