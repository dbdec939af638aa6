using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Several adapters that train at once on one frozen base, on the same batches: one pass over all their rows, in
/// which the base's products are common and each adapter's loss, gradients and dropout are its own. The same as each
/// alone, up to rounding.
/// </summary>
public sealed class LoraPack
{
    private readonly Gpt _model;

    /// <summary>Puts the adapters to work, in place of any that were attached.</summary>
    /// <param name="model">Their base, without dropout of its own.</param>
    /// <param name="adapters">At least one; with the same targets and the same biases, any ranks; no DoRA.</param>
    /// <param name="generators">For each adapter the one that draws its dropout masks.</param>
    /// <exception cref="ArgumentException">They cannot be packed; the message says why.</exception>
    public LoraPack(Gpt model, IReadOnlyList<LoraAdapter> adapters, IReadOnlyList<Generator> generators)
    {
        (_model, Adapters, Generators) = (model, adapters, generators);
        Check();
        model.AttachPack(this);
    }

    /// <summary>In the order of their rows.</summary>
    public IReadOnlyList<LoraAdapter> Adapters { get; }

    internal IReadOnlyList<Generator> Generators { get; }

    /// <summary>Adds each adapter's gradients of <c>scale · its loss</c>.</summary>
    /// <param name="ids">(B, T) int64.</param>
    /// <param name="targets">(B, T) int64: the token after each.</param>
    /// <param name="mask">(B, T) bool: which targets count; null for all.</param>
    /// <param name="scale">1 over the number of accumulation steps.</param>
    /// <returns>Each adapter's unscaled loss, (K).</returns>
    public Tensor AccumulateGradients(Tensor ids, Tensor targets, Tensor? mask = null, double scale = 1) =>
        _model.PackedLosses(this, ids, targets, mask, scale, gradients: true);

    /// <summary>Each adapter's mean cross-entropy, (K), without gradients.</summary>
    public Tensor Losses(Tensor ids, Tensor targets, Tensor? mask = null)
    {
        using var noGrad = no_grad();
        return _model.PackedLosses(this, ids, targets, mask, scale: 1, gradients: false);
    }

    internal void Connect()
    {
        foreach (var (name, layer) in _model.LinearLayers)
        {
            if (!Adapters[0].Adapts(name))
                continue;
            var biases = Adapters.Select(adapter => adapter.BiasOf(name)).ToList();
            layer.Pack = new PackedLayer(
                [.. Adapters.Select(adapter => adapter.LayerOf(name)!)],
                biases[0] is null ? null : [.. biases.Select(bias => bias!)]);
        }
    }

    private void Check()
    {
        if (Adapters.Count == 0 || Adapters.Count != Generators.Count)
            throw new ArgumentException("A pack has at least one adapter, and a generator for each.");
        if (_model.Config.Dropout > 0)
            throw new ArgumentException("A base with dropout of its own cannot train a pack.");
        var names = _model.LinearLayers.Select(entry => entry.Name).ToList();
        foreach (var adapter in Adapters)
        {
            if (adapter.Config.UseDora || adapter.Config.Bias == LoraBias.All)
                throw new ArgumentException("Adapters with DoRA or with all biases cannot be packed.");
            if (adapter.IsMerged || adapter.Config.Bias != Adapters[0].Config.Bias
                || names.Any(name => adapter.Adapts(name) != Adapters[0].Adapts(name)))
                throw new ArgumentException("Packed adapters have the same targets and biases, and are not merged.");
        }
    }
}
