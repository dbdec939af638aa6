using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>What a block's forward pass keeps for its backward pass.</summary>
internal sealed class FusedActivations : IDisposable
{
    private readonly List<Tensor> _owned = [];

    public FusedActivations(long rows, int time, int width, int heads, ScalarType type)
    {
        FirstStatistics = New(rows, 2, ScalarType.Float32);
        FirstNormed = New(rows, width, type);
        Parts = [.. Enumerable.Range(0, 3).Select(_ => New(rows * heads / time, time, width / heads, type))];
        // Where they take no more memory than the feed-forward's (N, 4C).
        if (time <= 4 * width / heads)
            Probabilities = New(rows * heads / time, time, time, type);
        Attended = New(rows, width, type);
        SecondSum = New(rows, width, ScalarType.Float32);
        SecondStatistics = New(rows, 2, ScalarType.Float32);
        SecondNormed = New(rows, width, type);
        Inner = New(rows, 4 * width, type);
        Activated = New(rows, 4 * width, type);
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

    private Tensor New(long rows, int width, ScalarType type) => Keep(FusedScratch.New(rows, width, type));

    private Tensor New(long heads, int time, int size, ScalarType type) =>
        Keep(empty(heads, time, size, dtype: type).DetachFromDisposeScope());

    private Tensor Keep(Tensor tensor)
    {
        _owned.Add(tensor);
        return tensor;
    }
}
