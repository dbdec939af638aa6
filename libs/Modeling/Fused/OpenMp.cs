using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>
/// Runs managed kernels on the threads of libtorch's own OpenMP team, through the C interface that compilers call
/// (<c>GOMP_parallel</c>; LLVM's runtime has it too). A second pool of threads would fight with the team's waiting
/// ones for the cores.
/// </summary>
internal static unsafe class OpenMp
{
    private static readonly Lazy<Functions?> Library = new(Load);

    /// <summary>Whether libtorch's OpenMP library was found; without it kernels run on one thread.</summary>
    public static bool IsAvailable => Library.Value is not null;

    /// <summary>Divides 0 … count-1 into one range a thread, the same for the same number of threads.</summary>
    /// <param name="count">Items.</param>
    /// <param name="body">Called with the thread's number, and the first and the end of its range.</param>
    public static void For(long count, Action<int, long, long> body)
    {
        var threads = (int)Math.Min(count, ComputeDevice.Threads);
        if (Library.Value is not { } library || threads <= 1)
        {
            body(0, 0, count);
            return;
        }

        var work = new Work(count, threads, body);
        var handle = GCHandle.Alloc(work);
        try
        {
            library.Parallel(&Run, (void*)GCHandle.ToIntPtr(handle), (uint)threads, 0);
        }
        finally
        {
            handle.Free();
        }

        if (work.Error is { } error)
            throw new InvalidOperationException("A kernel failed.", error);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Run(void* data)
    {
        var work = (Work)GCHandle.FromIntPtr((IntPtr)data).Target!;
        try
        {
            // The team may be smaller than asked for; the ranges stay the same.
            var (index, team) = (Library.Value!.Index(), Library.Value.Team());
            for (var thread = index; thread < work.Threads; thread += team)
                work.Body(thread, work.Count * thread / work.Threads, work.Count * (thread + 1) / work.Threads);
        }
#pragma warning disable CA1031 // An exception must not pass through native frames; For throws it again.
        catch (Exception error)
#pragma warning restore CA1031
        {
            work.Error = error;
        }
    }

    private static Functions? Load()
    {
        Libtorch.EnsureLoaded();
        if (!OperatingSystem.IsLinux())
            return null;
        var file = Directory.EnumerateFiles(Libtorch.FindFolder(), "lib*omp*.so*").FirstOrDefault();
        return file is not null
            && NativeLibrary.TryLoad(file, out var library)
            && NativeLibrary.TryGetExport(library, "GOMP_parallel", out var parallel)
            && NativeLibrary.TryGetExport(library, "omp_get_thread_num", out var index)
            && NativeLibrary.TryGetExport(library, "omp_get_num_threads", out var team)
            ? new Functions(parallel, index, team)
            : null;
    }

    private sealed class Work(long count, int threads, Action<int, long, long> body)
    {
        public long Count => count;

        public int Threads => threads;

        public Action<int, long, long> Body => body;

        public Exception? Error { get; set; }
    }

    private sealed class Functions(nint parallel, nint index, nint team)
    {
        public void Parallel(delegate* unmanaged[Cdecl]<void*, void> body, void* data, uint threads, uint flags) =>
            ((delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void>)parallel)(
                body, data, threads, flags);

        public int Index() => ((delegate* unmanaged[Cdecl]<int>)index)();

        public int Team() => ((delegate* unmanaged[Cdecl]<int>)team)();
    }
}
