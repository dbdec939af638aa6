using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The weights of one matrix product as <see cref="DotKernels"/> read them: the tensor's own memory where it has the
/// kind already, else a copy.
/// </summary>
internal sealed unsafe class PackedMatrix : IDisposable
{
    private readonly Tensor? _shared;
    private readonly FloatBuffer? _scales;
    private readonly FloatBuffer? _bias;

    /// <param name="weight">(out, in), contiguous on the CPU, of the kind's type; fp32 or bf16 for int8.</param>
    /// <param name="bias">(out); null for none.</param>
    /// <param name="outputs">Rows that are used.</param>
    /// <param name="kind">What to keep.</param>
    /// <param name="memory">Where weights in 8 bits go: <see cref="Int8Bytes"/>.</param>
    /// <param name="shortActivations">Whether <see cref="ShortKernels"/> may be used.</param>
    public PackedMatrix(
        Tensor weight, Tensor? bias, int outputs, WeightKind kind, HugePageMemory memory, bool shortActivations)
    {
        (Outputs, Width, Kind) = (outputs, (int)weight.shape[1], kind);
        HasShortActivations = shortActivations && ShortKernels.IsSupported(kind, Width);
        _bias = bias is null ? null : FloatBuffer.Of(bias);
        if (kind == WeightKind.Int8)
        {
            _scales = new FloatBuffer(outputs);
            Weights = memory.Take((long)outputs * Width);
            Quantize(weight);
            return;
        }

        _shared = weight.alias().DetachFromDisposeScope();
        fixed (byte* start = _shared.bytes)
            Weights = start; // libtorch's memory does not move
        MemoryTuning.UseHugePages(Weights, _shared.numel() * _shared.element_size());
    }

    /// <summary>Rows.</summary>
    public int Outputs { get; }

    /// <summary>The inner dimension.</summary>
    public int Width { get; }

    /// <summary>From one row to the next.</summary>
    public nint RowBytes => Width * Kind switch
    {
        WeightKind.Fp32 => sizeof(float),
        WeightKind.Bf16 => sizeof(ushort),
        _ => (nint)sizeof(sbyte),
    };

    /// <summary>What is kept.</summary>
    public WeightKind Kind { get; }

    /// <summary>Whether products are those of <see cref="ShortKernels"/> and not of <see cref="DotKernels"/>.</summary>
    public bool HasShortActivations { get; }

    /// <summary>The first row.</summary>
    public byte* Weights { get; }

    /// <summary>A factor for each row; null for none.</summary>
    public float* Scales => _scales is null ? null : _scales.Start;

    /// <summary>The bias; null for none.</summary>
    public float* Bias => _bias is null ? null : _bias.Start;

    /// <summary>Bytes beside the tensor's own.</summary>
    public long OwnBytes => Kind == WeightKind.Int8 ? (long)Outputs * (Width + sizeof(float)) : 0;

    /// <summary>The memory that a matrix takes in 8 bits.</summary>
    public static long Int8Bytes(Tensor weight, int outputs) =>
        HugePageMemory.Rounded(outputs * weight.shape[1]);

    public void Dispose()
    {
        _shared?.Dispose();
        _scales?.Dispose();
        _bias?.Dispose();
    }

    private void Quantize(Tensor weight)
    {
        // A few rows at a time: a copy of all in fp32 would take more than the model.
        const int RowsAtOnce = 4096;
        for (var from = 0; from < Outputs; from += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(RowsAtOnce, Outputs - from);
            var rows = weight.detach().narrow(0, from, count).to(ScalarType.Float32);
            var scales = Int8Rounding.Scales(rows); // (n, 1)
            var values = (rows / scales).round().to(ScalarType.Int8).contiguous();
            scales.contiguous().data<float>().CopyTo(new Span<float>(_scales!.Start + from, count));
            values.bytes.CopyTo(new Span<byte>(Weights + ((long)from * Width), count * Width));
        }
    }
}
