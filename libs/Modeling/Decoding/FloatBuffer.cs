using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>Floats outside the garbage collector's reach, on a cache line's boundary.</summary>
internal sealed unsafe class FloatBuffer : IDisposable
{
    private readonly AlignedMemory _memory;

    public FloatBuffer(long length)
    {
        Length = length;
        _memory = new AlignedMemory(length * sizeof(float), AlignedMemory.CacheLine);
        NativeMemory.Clear(_memory.Start, (nuint)_memory.Length);
    }

    /// <summary>How many floats.</summary>
    public long Length { get; }

    /// <summary>The first one.</summary>
    public float* Start => (float*)_memory.Start;

    /// <summary>A copy of a tensor's values.</summary>
    public static FloatBuffer Of(TorchSharp.torch.Tensor tensor)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var values = tensor.detach().to(TorchSharp.torch.ScalarType.Float32).cpu().contiguous();
        var buffer = new FloatBuffer(values.numel());
        values.data<float>().CopyTo(new Span<float>(buffer.Start, checked((int)buffer.Length)));
        return buffer;
    }

    public void Dispose() => _memory.Dispose();
}
