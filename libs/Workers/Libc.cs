using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Platform.Workers;

/// <summary>The calls of Linux's C library for processes that .NET does not offer.</summary>
internal static partial class Libc
{
    internal const int ErrorInterrupted = 4;
    internal const int ErrorNoSuchProcess = 3;
    internal const int SignalTerminate = 15;
    internal const int SignalKill = 9;

    // The same numbers on every architecture since Linux 5.1.
    private const nint PidfdSendSignalNumber = 424;
    private const nint PidfdOpenNumber = 434;

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollItem
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }

    internal static int PidfdOpen(int pid) => (int)SystemCall(PidfdOpenNumber, pid, 0, 0, 0);

    internal static int PidfdSendSignal(int descriptor, int signal) =>
        (int)SystemCall(PidfdSendSignalNumber, descriptor, signal, 0, 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(ref PollItem items, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    internal static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "getpriority", SetLastError = true)]
    internal static partial int GetPriority(int which, int who);

    [LibraryImport("libc", EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int Spawn(
        out int pid, string file, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    internal static unsafe partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    internal static unsafe partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    internal static unsafe partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    internal static unsafe partial int AttributesSetSignalMask(void* attributes, void* set);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    internal static unsafe partial int AttributesSetSignalDefault(void* attributes, void* set);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    internal static unsafe partial int ActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static unsafe partial int ActionsDestroy(void* actions);

    [LibraryImport(
        "libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int ActionsAddOpen(void* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static unsafe partial int ActionsAddDuplicate(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    internal static unsafe partial int SignalSetEmpty(void* set);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    internal static unsafe partial int SignalSetFill(void* set);
}
