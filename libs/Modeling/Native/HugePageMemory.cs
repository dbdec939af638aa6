namespace Platform.Modeling;

/// <summary>
/// Memory on huge pages for many tensors: weights, or a snapshot's copies. One page of 2 MiB is more than most of them,
/// so each alone would get none. The processor reads ahead within a page only, and memory that is new costs the system
/// its time by the page.
/// </summary>
internal sealed unsafe class HugePageMemory : IDisposable
{
    private const int Page = 2 << 20;

    private readonly AlignedMemory _memory;
    private long _used;

    /// <param name="length">Bytes of everything that will be taken, by <see cref="Rounded"/>.</param>
    public HugePageMemory(long length)
    {
        _memory = new AlignedMemory(length, Page);
        if (length > 0)
            MemoryTuning.UseHugePages(_memory.Start, length);
    }

    /// <summary>Bytes in all.</summary>
    public long Length => _memory.Length;

    /// <summary>What so many bytes take of it.</summary>
    public static long Rounded(long bytes) =>
        (bytes + AlignedMemory.CacheLine - 1) / AlignedMemory.CacheLine * AlignedMemory.CacheLine;

    /// <summary>The next bytes, on a cache line's boundary.</summary>
    public byte* Take(long bytes)
    {
        var at = _memory.Start + _used;
        _used += Rounded(bytes);
        return _used <= Length ? at : throw new InvalidOperationException("More bytes than were announced.");
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
