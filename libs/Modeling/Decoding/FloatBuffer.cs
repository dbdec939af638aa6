using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>Floats outside the garbage collector's reach, on a cache line's boundary.</summary>
internal sealed unsafe class FloatBuffer : IDisposable
{
    private const int Alignment = 64;

    private float* _start;

    public FloatBuffer(long length)
    {
        Length = length;
        _start = (float*)NativeMemory.AlignedAlloc((nuint)(length * sizeof(float)), Alignment);
        NativeMemory.Clear(_start, (nuint)(length * sizeof(float)));
    }

    ~FloatBuffer() => Free();

    /// <summary>How many floats.</summary>
    public long Length { get; }

    /// <summary>The first one.</summary>
    public float* Start => _start;

    /// <summary>A copy of a tensor's values.</summary>
    public static FloatBuffer Of(TorchSharp.torch.Tensor tensor)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var values = tensor.detach().to(TorchSharp.torch.ScalarType.Float32).cpu().contiguous();
        var buffer = new FloatBuffer(values.numel());
        values.data<float>().CopyTo(new Span<float>(buffer.Start, checked((int)buffer.Length)));
        return buffer;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
