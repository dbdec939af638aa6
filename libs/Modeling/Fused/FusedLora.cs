using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// One linear layer's low-rank terms in the fused pass: one adapter's, or those of a pack, each on its own rows. The
/// same arithmetic and the same dropout masks as <see cref="LoraLayer"/>'s.
/// </summary>
internal sealed class FusedLora<T>(Linear layer, FusedGradients gradients) : IDisposable
    where T : struct, IElement
{
    private readonly List<(Tensor Low, Tensor? Dropped, Tensor? Keep)> _kept = [];

    private IReadOnlyList<LoraLayer> Adapters =>
        layer.Adapter is { } one ? [one] : layer.Pack is { } pack ? pack.Layers : [];

    private IReadOnlyList<Parameter> PackBiases => layer.Pack?.Biases ?? [];

    /// <summary>Adds each adapter's term, and a pack's biases.</summary>
    /// <param name="x">(N, in): what went into the layer.</param>
    /// <param name="y">(N, out): its product, without a bias.</param>
    /// <param name="generators">For each adapter the one that draws its masks; none: nothing is dropped.</param>
    public void Forward(Tensor x, Tensor y, IReadOnlyList<Generator> generators)
    {
        Dispose();
        var (adapters, biases) = (Adapters, PackBiases);
        for (var k = 0; k < adapters.Count; k++)
        {
            using var scope = NewDisposeScope();
            var (mine, result) = (Slice(x, k), Slice(y, k)); // (M, in), (M, out)
            var (keep, dropped) = Drop(mine, adapters[k].Dropout, k < generators.Count ? generators[k] : null);
            var low = nn.functional.linear(dropped ?? mine, adapters[k].A.to(T.Type))
                .TimesInPlace(adapters[k].Scale); // (M, r)
            result.addmm_(low, adapters[k].B.to(T.Type).t());
            if (biases.Count > 0)
                Kernels<T>.AddBias(result, biases[k]);
            low.DetachFromDisposeScope();
            dropped?.DetachFromDisposeScope();
            keep?.DetachFromDisposeScope();
            _kept.Add((low, dropped, keep));
        }
    }

    /// <summary>The gradients of each adapter, and its part in that of what went into the layer.</summary>
    /// <param name="dy">(N, out).</param>
    /// <param name="x">As given to <see cref="Forward"/>.</param>
    /// <param name="dx">(N, in), to be added to; null where it is not needed.</param>
    public void Backward(Tensor dy, Tensor x, Tensor? dx)
    {
        var (adapters, biases) = (Adapters, PackBiases);
        for (var k = 0; k < adapters.Count; k++)
        {
            using var scope = NewDisposeScope();
            var (lora, slope) = (adapters[k], Slice(dy, k)); // (M, out)
            var (low, dropped, keep) = _kept[k];
            // lowᵀ·slope turned over: slopeᵀ·low takes twice as long.
            Add(lora.B, low.t().mm(slope).t()); // (out, r)
            var inner = slope.mm(lora.B.to(T.Type)).TimesInPlace(lora.Scale); // (M, r)
            Add(lora.A, inner.t().mm(dropped ?? Slice(x, k))); // (r, in)
            if (biases.Count > 0)
                Add(biases[k], slope.sum(0, type: ScalarType.Float32)); // (out)
            if (dx is null)
                continue;
            var into = Slice(dx, k); // (M, in)
            if (keep is null)
                into.addmm_(inner, lora.A.to(T.Type));
            else
                into.AddInPlace(inner.mm(lora.A.to(T.Type)).mul_(keep));
        }

        Dispose();
    }

    /// <summary>Lets go of what was kept for the backward pass.</summary>
    public void Dispose()
    {
        foreach (var (low, dropped, keep) in _kept)
        {
            low.Dispose();
            dropped?.Dispose();
            keep?.Dispose();
        }

        _kept.Clear();
    }

    private static (Tensor? Keep, Tensor? Dropped) Drop(Tensor x, double probability, Generator? generator)
    {
        if (generator is null || probability == 0)
            return (null, null);
        var keep = empty_like(x).bernoulli_(1 - probability, generator).OverInPlace(1 - probability);
        return (keep, x * keep);
    }

    private Tensor Slice(Tensor all, int k)
    {
        var rows = all.shape[0] / Adapters.Count;
        return all.narrow(0, k * rows, rows);
    }

    private void Add(Parameter parameter, Tensor product)
    {
        var (gradient, add) = gradients.Of(parameter);
        if (add)
            gradient.AddInPlace(product);
        else
            gradient.copy_(product);
    }
}
