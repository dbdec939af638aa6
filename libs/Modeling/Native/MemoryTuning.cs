using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>Keeps glibc's malloc from giving large tensors back to the system at every step.</summary>
/// <remarks>
/// By default glibc maps and unmaps every large tensor, and the kernel zeroes its pages again each time: a bf16
/// training step of GPT-2 124M took 1.6 times as long. Resident memory stays at its peak in exchange. The same can
/// be had from the environment of a process: <c>MALLOC_TOP_PAD_</c>, <c>MALLOC_MMAP_THRESHOLD_</c> and
/// <c>MALLOC_TRIM_THRESHOLD_</c>. Workers also want <c>OMP_WAIT_POLICY=passive</c> and <c>GOMP_SPINCOUNT=20000</c>
/// where other processes need the cores; OpenMP reads those when it is loaded. With huge pages on request
/// (<c>madvise</c>), <c>GLIBC_TUNABLES=glibc.malloc.hugetlb=1</c> (glibc 2.35 or newer) in the environment takes a
/// hundredth of the page faults.
/// </remarks>
public static class MemoryTuning
{
    // Parameters of mallopt in malloc.h.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    // Becomes the largest size_t.
    private const int Never = -1;

    /// <summary>Applies the settings; call it before the first tensor. Does nothing without glibc.</summary>
    /// <param name="topPadBytes">How much to ask the system for beyond each need; 1 GiB of address space.</param>
    /// <returns>Whether glibc took all four settings.</returns>
    public static bool Apply(int topPadBytes = 1 << 30)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            // One arena: the others are made of mapped pieces that these settings do not reach.
            return mallopt(ArenaMax, 1) == 1
                && mallopt(MmapThreshold, Never) == 1
                && mallopt(TrimThreshold, Never) == 1
                && mallopt(TopPad, topPadBytes) == 1;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // musl
        }
    }

    /// <summary>
    /// Asks for huge pages where a large piece of memory lies, so that reading it in sequence misses no page. The first
    /// and the last page have memory of others too, which does not mind: most weights are smaller than a page. Does
    /// nothing where the system has none.
    /// </summary>
    internal static unsafe bool UseHugePages(void* start, long length)
    {
        const long Page = 2 << 20;
        const int MadviseHugePage = 14;
        const int MadviseCollapse = 25; // Linux 6.1: now, and not when the system finds the time
        var first = (long)start / Page * Page;
        var size = (((long)start + length + Page - 1) / Page * Page) - first;
        return OperatingSystem.IsLinux() && size > 0
            && madvise((void*)first, (nuint)size, MadviseHugePage) == 0
            && madvise((void*)first, (nuint)size, MadviseCollapse) == 0;
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int madvise(void* address, nuint length, int advice);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mallopt(int parameter, int value);
}
