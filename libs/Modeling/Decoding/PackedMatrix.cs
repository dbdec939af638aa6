using System.Runtime.InteropServices;
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
    private byte* _own;

    /// <param name="weight">(out, in), contiguous on the CPU, of the kind's type; fp32 or bf16 for int8.</param>
    /// <param name="bias">(out); null for none.</param>
    /// <param name="outputs">Rows that are used.</param>
    /// <param name="kind">What to keep.</param>
    public PackedMatrix(Tensor weight, Tensor? bias, int outputs, WeightKind kind)
    {
        (Outputs, Width, Kind) = (outputs, (int)weight.shape[1], kind);
        _bias = bias is null ? null : FloatBuffer.Of(bias);
        if (kind == WeightKind.Int8)
        {
            _scales = new FloatBuffer(outputs);
            _own = (byte*)NativeMemory.AlignedAlloc((nuint)((long)outputs * Width), 64);
            Quantize(weight);
            Weights = _own;
            MemoryTuning.UseHugePages(_own, (long)outputs * Width);
            return;
        }

        _shared = weight.alias().DetachFromDisposeScope();
        fixed (byte* start = _shared.bytes)
            Weights = start; // libtorch's memory does not move
        MemoryTuning.UseHugePages(Weights, _shared.numel() * _shared.element_size());
    }

    ~PackedMatrix() => NativeMemory.AlignedFree(_own);

    /// <summary>Rows.</summary>
    public int Outputs { get; }

    /// <summary>The inner dimension.</summary>
    public int Width { get; }

    /// <summary>What is kept.</summary>
    public WeightKind Kind { get; }

    /// <summary>The first row.</summary>
    public byte* Weights { get; }

    /// <summary>A factor for each row; null for none.</summary>
    public float* Scales => _scales is null ? null : _scales.Start;

    /// <summary>The bias; null for none.</summary>
    public float* Bias => _bias is null ? null : _bias.Start;

    /// <summary>Bytes beside the tensor's own.</summary>
    public long OwnBytes => Kind == WeightKind.Int8 ? (long)Outputs * (Width + sizeof(float)) : 0;

    public void Dispose()
    {
        _shared?.Dispose();
        _scales?.Dispose();
        _bias?.Dispose();
        NativeMemory.AlignedFree(_own);
        _own = null;
        GC.SuppressFinalize(this);
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
            values.bytes.CopyTo(new Span<byte>(_own + ((long)from * Width), count * Width));
        }
    }
}
