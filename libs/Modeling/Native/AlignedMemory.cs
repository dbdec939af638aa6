using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>Bytes outside the garbage collector's reach, on a boundary; not cleared.</summary>
internal sealed unsafe class AlignedMemory : IDisposable
{
    /// <summary>Bytes of a cache line, and of the longest vector.</summary>
    public const int CacheLine = 64;

    /// <param name="length">Bytes.</param>
    /// <param name="alignment">Of the first byte: a power of two.</param>
    public AlignedMemory(long length, int alignment)
    {
        Length = length;
        if (length > 0)
            Start = (byte*)NativeMemory.AlignedAlloc((nuint)length, (nuint)alignment);
    }

    ~AlignedMemory() => Free();

    /// <summary>How many bytes.</summary>
    public long Length { get; }

    /// <summary>The first one; null where there is none, and after the end.</summary>
    public byte* Start { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Start);
        Start = null;
    }
}
