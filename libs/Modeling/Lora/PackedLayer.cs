using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// One linear layer's low-rank terms of several adapters at once: the rows of each adapter lie behind those of the
/// one before, and A and B of all are two batched products, ranks padded with zeros to the largest.
/// </summary>
internal sealed class PackedLayer(IReadOnlyList<LoraLayer> layers, IReadOnlyList<TorchSharp.Modules.Parameter>? biases)
{
    private readonly int _rank = layers.Max(layer => (int)layer.A.shape[0]);

    /// <summary>Each adapter's part of the layer.</summary>
    public IReadOnlyList<LoraLayer> Layers => layers;

    /// <summary>Each adapter's bias; null where they have none.</summary>
    public IReadOnlyList<TorchSharp.Modules.Parameter>? Biases => biases;

    /// <summary>Whether it brings each adapter's own bias in place of the base's.</summary>
    public bool HasBiases => biases is not null;

    /// <summary>The layer's result with every adapter's part.</summary>
    /// <param name="y">The base's result; without a bias where <see cref="HasBiases"/>.</param>
    /// <param name="x">What went into the layer.</param>
    /// <param name="pass">The pass, with a generator for each adapter.</param>
    public Tensor Add(Tensor y, Tensor x, ForwardPass pass) // (K·N, out), (K·N, in) → (K·N, out)
    {
        var (count, rows) = (layers.Count, x.shape[0] / layers.Count);
        var dropped = pass.Training ? Drop(x, rows, pass) : x;
        var a = stack(layers.Select(layer => Padded(layer.A, 0))).to(pass.Type); // (K, R, in)
        // B takes the scale: the smaller of what it could be put on is the low-rank state, but that has K scales too.
        var b = stack(layers.Select(layer => Padded(layer.B, 1).Times(layer.Scale))).to(pass.Type); // (K, out, R)
        var low = dropped.view(count, rows, -1).bmm(a.transpose(1, 2)); // (K, N, R)
        var sum = low.bmm(b.transpose(1, 2)).AddInPlace(y.view(count, rows, -1)); // (K, N, out)
        if (biases is not null)
            sum.AddInPlace(stack(biases).unsqueeze(1).to(pass.Type)); // (K, 1, out)
        return sum.view(count * rows, -1);
    }

    // As each adapter alone would draw it: its rows, its generator, its probability.
    private Tensor Drop(Tensor x, long rows, ForwardPass pass)
    {
        if (layers.All(layer => layer.Dropout == 0))
            return x;
        return cat([
            .. layers.Select((layer, i) => ForwardPass.Drop(
                x.narrow(0, i * rows, rows), layer.Dropout, pass.PackGenerators![i])),
        ]);
    }

    private Tensor Padded(Tensor matrix, int dimension)
    {
        var missing = _rank - matrix.shape[dimension];
        if (missing == 0)
            return matrix;
        return nn.functional.pad(matrix, dimension == 0 ? [0, 0, 0, missing] : [0, missing]);
    }
}
