using System.Runtime.InteropServices;

namespace Platform.Tokenization.Memory;

/// <summary>
/// A large array that is read and written all over, in huge pages where the system has them: the processor then finds
/// the place of an item in memory without walking through page tables, which on a virtual machine takes longer than
/// the item itself. Its items are not cleared, and its memory is taken only where it is touched.
/// </summary>
internal sealed unsafe class LargeArray<T> : IDisposable
    where T : unmanaged
{
    private const int HugePage = 1 << 21;
    private const int AdviseHugePages = 14; // MADV_HUGEPAGE

    private T* _items;

    public LargeArray(int length)
    {
        Length = length;
        _items = Allocate(length);
    }

    ~LargeArray() => Free();

    /// <summary>Items there is room for.</summary>
    public int Length { get; private set; }

    /// <summary>The first item; valid until the next <see cref="Resize"/>.</summary>
    public T* Items => _items;

    /// <summary>One item; valid until the next <see cref="Resize"/>.</summary>
    public ref T this[int index] => ref _items[index];

    /// <summary>Items in a row; valid until the next <see cref="Resize"/>.</summary>
    public Span<T> Slice(int start, int length) => new(_items + start, length);

    /// <summary>An item will be looked at soon.</summary>
    public void Prefetch(int index) => ProcessorCache.Prefetch(_items + index);

    /// <summary>Makes all items zero.</summary>
    public void Clear() => NativeMemory.Clear(_items, (nuint)Length * (nuint)sizeof(T));

    /// <summary>Makes room for more items.</summary>
    public void Resize(int length)
    {
        var larger = Allocate(length);
        var kept = (nuint)Math.Min(length, Length) * (nuint)sizeof(T);
        NativeMemory.Copy(_items, larger, kept);
        NativeMemory.AlignedFree(_items);
        _items = larger;
        Length = length;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_items);
        _items = null;
        Length = 0;
    }

    private static T* Allocate(int length)
    {
        var bytes = (nuint)Math.Max(1, length) * (nuint)sizeof(T);
        if (bytes < HugePage)
            return (T*)NativeMemory.AlignedAlloc(bytes, 64);
        var items = NativeMemory.AlignedAlloc(bytes, HugePage);
        // A system that has none goes on with small ones.
        if (OperatingSystem.IsLinux())
            _ = LargeArrayAdvice.Advise(items, bytes, AdviseHugePages);
        return (T*)items;
    }
}

/// <summary>The system's call (a generic class can have none).</summary>
internal static unsafe partial class LargeArrayAdvice
{
    [LibraryImport("libc", EntryPoint = "madvise")]
    public static partial int Advise(void* address, nuint length, int advice);
}
