using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>What a block's forward pass keeps for its backward pass.</summary>
internal sealed class FusedActivations : IDisposable
{
    private readonly List<Tensor> _owned = [];

    /// <param name="shape">Of the batch.</param>
    /// <param name="shared">Another block's, whose memory serves for all that can be computed again;
    /// null: none.</param>
    public FusedActivations(Shape shape, FusedActivations? shared = null)
    {
        var (rows, time, width, heads, type, recompute) = shape;
        Attended = New(rows, width, type);
        SecondSum = New(rows, width, ScalarType.Float32);
        FirstStatistics = shared?.FirstStatistics ?? New(rows, 2, ScalarType.Float32);
        FirstNormed = shared?.FirstNormed ?? New(rows, width, type);
        Parts = shared?.Parts
            ?? [.. Enumerable.Range(0, 3).Select(_ => New(rows * heads / time, time, width / heads, type))];
        // Where they take no more memory than the feed-forward's (N, 4C).
        if (!recompute && time <= 4 * width / heads)
            Probabilities = New(rows * heads / time, time, time, type);
        SecondStatistics = shared?.SecondStatistics ?? New(rows, 2, ScalarType.Float32);
        SecondNormed = shared?.SecondNormed ?? New(rows, width, type);
        Inner = shared?.Inner ?? New(rows, 4 * width, type);
        Activated = shared?.Activated ?? New(rows, 4 * width, type);
    }

    public Tensor FirstStatistics { get; } // (N, 2)

    public Tensor FirstNormed { get; } // (N, C)

    /// <summary>Queries, keys and values.</summary>
    public Tensor[] Parts { get; } // 3 × (B·nh, T, hs)

    /// <summary>Attention's probabilities; null where they are computed again.</summary>
    public Tensor? Probabilities { get; } // (B·nh, T, T)

    /// <summary>What attention returned.</summary>
    public Tensor Attended { get; } // (N, C)

    /// <summary>(N, C) fp32: the residual stream after attention.</summary>
    public Tensor SecondSum { get; }

    public Tensor SecondStatistics { get; } // (N, 2)

    public Tensor SecondNormed { get; } // (N, C)

    /// <summary>(N, 4C): before GELU.</summary>
    public Tensor Inner { get; }

    public Tensor Activated { get; } // (N, 4C)

    public void Dispose()
    {
        _owned.ForEach(tensor => tensor.Dispose());
    }

    /// <summary>N rows of sequences of T tokens, C wide, nh heads; and whether much is computed again.</summary>
    public readonly record struct Shape(
        long Rows, int Time, int Width, int Heads, ScalarType Type, bool Recompute);

    private Tensor New(long rows, int width, ScalarType type) => Keep(FusedScratch.New(rows, width, type));

    private Tensor New(long heads, int time, int size, ScalarType type) =>
        Keep(empty(heads, time, size, dtype: type).DetachFromDisposeScope());

    private Tensor Keep(Tensor tensor)
    {
        _owned.Add(tensor);
        return tensor;
    }
}
