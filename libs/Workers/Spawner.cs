using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Platform.Workers;

/// <summary>
/// Starts a process that does not depend on this one: System.Diagnostics.Process can neither begin a session nor append
/// output to a file without a shell or pipes between.
/// </summary>
internal static unsafe class Spawner
{
    // posix_spawn's own types take at most 336, 80 and 128 bytes in glibc, less in musl.
    private const int OpaqueBytes = 1024;

    private const short SetSignalDefault = 0x04;
    private const short SetSignalMask = 0x08;
    private const short NewSession = 0x80;

    private const int ReadOnly = 0;
    private const int AppendCreate = 0x1 | 0x40 | 0x400;
    private const uint OwnerWritesOthersRead = 0b110_100_100;
    private const int PriorityOfGroup = 1;

    /// <summary>Starts the process and answers its id, which is its session's and its group's too.</summary>
    /// <exception cref="IOException">It cannot be started; the message names the program.</exception>
    internal static int Start(WorkerStart start)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("Worker processes are started on Linux only.");
        var attributes = stackalloc byte[OpaqueBytes];
        var actions = stackalloc byte[OpaqueBytes];
        _ = Libc.AttributesInit(attributes);
        _ = Libc.ActionsInit(actions);
        var arguments = ToNative(start.Command);
        var environment = ToNative([.. WorkerEnvironment.Create(start.Environment).Select(v => $"{v.Key}={v.Value}")]);
        try
        {
            SetAttributes(attributes);
            _ = Libc.ActionsAddOpen(actions, 0, "/dev/null", ReadOnly, 0);
            _ = Libc.ActionsAddOpen(actions, 1, start.OutputPath, AppendCreate, OwnerWritesOthersRead);
            _ = Libc.ActionsAddDuplicate(actions, 1, 2);
            var error = Libc.Spawn(out var pid, start.Command[0], actions, attributes, arguments, environment);
            if (error != 0)
            {
                var reason = new Win32Exception(error).Message;
                throw new IOException(
                    $"Cannot start '{start.Command[0]}' with its output in '{start.OutputPath}': {reason}.");
            }

            SetPriority(pid, start.Nice);
            return pid;
        }
        finally
        {
            _ = Libc.ActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
            Free(arguments);
            Free(environment);
        }
    }

    // .NET ignores SIGPIPE and may block others; a program inherits both unless told otherwise.
    private static void SetAttributes(byte* attributes)
    {
        var signals = stackalloc byte[OpaqueBytes];
        _ = Libc.SignalSetEmpty(signals);
        _ = Libc.AttributesSetSignalMask(attributes, signals);
        _ = Libc.SignalSetFill(signals);
        _ = Libc.AttributesSetSignalDefault(attributes, signals);
        _ = Libc.AttributesSetFlags(attributes, SetSignalDefault | SetSignalMask | NewSession);
    }

    // Priorities belong to threads: by group all that the process has by now are reached; later ones inherit.
    private static void SetPriority(int pid, int nice)
    {
        var own = Libc.GetPriority(PriorityOfGroup, pid);
        if (nice > own)
            _ = Libc.SetPriority(PriorityOfGroup, pid, nice);
    }

    private static byte** ToNative(IReadOnlyList<string> texts)
    {
        var list = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < texts.Count; i++)
            list[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        return list;
    }

    private static void Free(byte** list)
    {
        for (var i = 0; list[i] != null; i++)
            Marshal.FreeCoTaskMem((nint)list[i]);
        NativeMemory.Free(list);
    }
}
