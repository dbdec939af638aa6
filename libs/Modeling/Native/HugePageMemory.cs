using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>
/// Memory on huge pages for many tensors: weights, or a snapshot's copies. One page of 2 MiB is more than most of them,
/// so each alone would get none. The processor reads ahead within a page only, and memory that is new costs the system
/// its time by the page.
/// </summary>
internal sealed unsafe class HugePageMemory : IDisposable
{
    private const int Page = 2 << 20;
    private const int Alignment = 64;

    private byte* _start;
    private long _used;

    /// <param name="length">Bytes of everything that will be taken, by <see cref="Rounded"/>.</param>
    public HugePageMemory(long length)
    {
        Length = length;
        if (length == 0)
            return;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)length, Page);
        MemoryTuning.UseHugePages(_start, length);
    }

    ~HugePageMemory() => Free();

    /// <summary>Bytes in all.</summary>
    public long Length { get; }

    /// <summary>What so many bytes take of it.</summary>
    public static long Rounded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>The next bytes, on a cache line's boundary.</summary>
    public byte* Take(long bytes)
    {
        var at = _start + _used;
        _used += Rounded(bytes);
        return _used <= Length ? at : throw new InvalidOperationException("More bytes than were announced.");
    }

    /// <inheritdoc/>
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
