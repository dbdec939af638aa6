using System.Runtime.InteropServices;

namespace Platform.Modeling;

/// <summary>
/// Lets short work interrupt a thread that computes: what wakes up (a response to write, a connection to read) gets the
/// core at once and not at the next tick of the clock, up to 4 ms later.
/// </summary>
/// <remarks>
/// Linux since 6.12 keeps a thread on its core for the length of its slice, unless one with a shorter slice wakes up.
/// So a thread that computes asks for the longest. Its share of the time stays as it is. Elsewhere nothing happens.
/// </remarks>
public static unsafe class ThreadSlice
{
    // The kernel's bound.
    private const ulong LongestNanoseconds = 100_000_000;

    private const int Normal = 0; // SCHED_OTHER: the policy of all threads that have not asked for another

    /// <summary>Makes the calling thread one that others may interrupt.</summary>
    /// <returns>Whether the system has taken note of it; an older one may do so without effect.</returns>
    public static bool TryLengthen()
    {
        if (Numbers is not var (get, set))
            return false;
        var attributes = new Attributes { Size = (uint)sizeof(Attributes) };
        if (syscall(get, 0, &attributes, attributes.Size, 0) != 0 || attributes.Policy != Normal)
            return false;
        (attributes.Size, attributes.Runtime) = ((uint)sizeof(Attributes), LongestNanoseconds);
        return syscall(set, 0, &attributes, 0, 0) == 0;
    }

    /// <summary>The calling thread's slice in nanoseconds; 0 where the system does not tell.</summary>
    public static ulong Current()
    {
        var attributes = new Attributes { Size = (uint)sizeof(Attributes) };
        return Numbers is var (get, _) && syscall(get, 0, &attributes, attributes.Size, 0) == 0
            ? attributes.Runtime
            : 0;
    }

    // Of sched_getattr and sched_setattr, which the C library has no functions for.
    private static (long Get, long Set)? Numbers => !OperatingSystem.IsLinux() ? null
        : RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (315, 314),
            Architecture.Arm64 => (275, 274),
            _ => null,
        };

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long syscall(long number, long thread, Attributes* attributes, long third, long fourth);

    // sched_attr in its first version.
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
