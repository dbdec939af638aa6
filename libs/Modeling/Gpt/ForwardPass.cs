using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>What the layers need to know of one pass through the model.</summary>
/// <param name="Batch">B: sequences.</param>
/// <param name="Time">T: tokens of each sequence in this pass.</param>
/// <param name="Type">The type of matrix products and attention.</param>
/// <param name="Training">Whether anything may be dropped.</param>
/// <param name="Dropout">The model's probability; 0 outside training.</param>
/// <param name="Generator">Draws all dropout masks; null only where nothing is dropped.</param>
/// <param name="Cached">Where the keys and values of earlier tokens are; null without a cache.</param>
internal sealed record ForwardPass(
    int Batch,
    int Time,
    ScalarType Type,
    bool Training = false,
    double Dropout = 0,
    Generator? Generator = null,
    CachedRows? Cached = null)
{
    /// <summary>For packed adapters: the generator of each one's masks.</summary>
    public IReadOnlyList<Generator>? PackGenerators { get; init; }

    /// <summary>Zeroes each element with the given probability and scales the others up.</summary>
    public static Tensor Drop(Tensor x, double probability, Generator? generator)
    {
        if (probability == 0)
            return x;
        var keep = empty_like(x, requires_grad: false).bernoulli_(1 - probability, generator);
        return x * keep.OverInPlace(1 - probability);
    }

    /// <summary>Dropout with this pass's probability.</summary>
    public Tensor Drop(Tensor x) => Drop(x, Dropout, Generator);
}
