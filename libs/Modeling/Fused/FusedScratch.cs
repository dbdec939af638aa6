using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>Memory that all parts of a fused pass use in turn.</summary>
internal sealed class FusedScratch : IDisposable
{
    // Logits at a time: 128 MB. With GPT-2's vocabulary in bf16 that is 1024 rows, enough for the products' full speed.
    private const long MostLogitBytes = 1 << 27;
    private const int RowMultiple = 64;

    private readonly ColumnSums _first;
    private readonly ColumnSums _second;

    public FusedScratch(long rows, GptConfig config, ScalarType type)
    {
        var c = config.NEmbd;
        Branch = New(rows, c, type);
        Rounded = New(rows, c, type);
        Stream = New(rows, c);
        Wide = New(rows, 4 * c, type);
        var elementSize = type == ScalarType.Float32 ? 4 : 2;
        var most = Math.Max(
            RowMultiple, MostLogitBytes / elementSize / config.PaddedVocabSize / RowMultiple * RowMultiple);
        Logits = New(Math.Min(rows, most), config.PaddedVocabSize, type);
        (_first, _second, Before) = (new ColumnSums(c), new ColumnSums(c), new ColumnSums(c));
        WideSums = new ColumnSums(4 * c);
        QkvSums = new ColumnSums(3 * c);
    }

    /// <summary>(N, C): what a branch adds to the stream; and gradients of a norm's result.</summary>
    public Tensor Branch { get; }

    /// <summary>(N, C): the stream's gradient as products read it.</summary>
    public Tensor Rounded { get; }

    /// <summary>(N, C) fp32: the residual stream's gradient.</summary>
    public Tensor Stream { get; }

    /// <summary>(N, 4C): gradients inside a branch.</summary>
    public Tensor Wide { get; }

    /// <summary>(R, Vp): as many rows of logits as exist at once.</summary>
    public Tensor Logits { get; }

    /// <summary>The gradient of the bias before the last residual sum.</summary>
    public ColumnSums Before { get; }

    public ColumnSums WideSums { get; }

    public ColumnSums QkvSums { get; }

    public static Tensor New(long rows, long width, ScalarType type = ScalarType.Float32) =>
        empty(rows, width, dtype: type).DetachFromDisposeScope();

    /// <summary>(N, 3C): the start of <see cref="Wide"/>.</summary>
    public Tensor ThreeWide()
    {
        var (rows, columns) = (Wide.shape[0], Wide.shape[1] / 4 * 3);
        return Wide.view(-1).narrow(0, 0, rows * columns).view(rows, columns);
    }

    /// <summary>From <see cref="Branch"/> through a norm into <see cref="Stream"/> and <see cref="Rounded"/>.</summary>
    public void NormBackward<T>(
        LayerNorm norm, Tensor x, Tensor statistics, FusedGradients gradients, bool first = false)
        where T : struct, IElement
    {
        Kernels<T>.NormBackward(Branch, x, statistics, norm, Stream, first, Rounded, (_first, _second, Before));
        gradients.Finish(_first, norm.Weight);
        gradients.Finish(_second, norm.Bias);
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { Branch, Rounded, Stream, Wide, Logits })
            tensor.Dispose();
        foreach (var sums in new[] { _first, _second, Before, WideSums, QkvSums })
            sums.Dispose();
    }
}
