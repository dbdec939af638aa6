using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Platform.Workers;

/// <summary>
/// A file that one process at a time may have. The kernel lets go of it with the process, however that ends, and wakes
/// who waits.
/// </summary>
/// <remarks>
/// flock(2), as .NET uses it for <see cref="FileShare.None"/>: both respect each other. .NET itself can only try.
/// </remarks>
public sealed class FileLock : IDisposable
{
    private const int ReadWrite = 0x2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int OwnerWritesOthersRead = 0x1a4; // 0644
    private const int Exclusive = 2;
    private const int WithoutWaiting = 4;

    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Waits for as long as another has it.</summary>
    /// <exception cref="IOException">The file cannot be opened or locked.</exception>
    public static FileLock Take(string path)
    {
        var file = Open(path);
        try
        {
            Wait(file, path);
            return new FileLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Waits for so long at most; null where another has it still.</summary>
    /// <exception cref="IOException">The file cannot be opened or locked.</exception>
    public static FileLock? TryTake(string path, TimeSpan patience)
    {
        var file = Open(path);
        if (Libc.Flock(file, Exclusive | WithoutWaiting) == 0)
            return new FileLock(file);
        // The call that waits has no deadline: one that is not awaited any longer lets go of what it then gets.
        var waiting = Task.Factory.StartNew(
            () => Wait(file, path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (((IAsyncResult)waiting).AsyncWaitHandle.WaitOne(patience) && waiting.IsCompletedSuccessfully)
            return new FileLock(file);
        _ = waiting.ContinueWith(
            done =>
            {
                _ = done.Exception;
                file.Dispose();
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return null;
    }

    /// <summary>Lets go of it.</summary>
    public void Dispose() => _file.Dispose();

    private static SafeFileHandle Open(string path)
    {
        var descriptor = Libc.Open(path, ReadWrite | Create | CloseOnExec, OwnerWritesOthersRead);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(path);
    }

    private static void Wait(SafeFileHandle file, string path)
    {
        while (Libc.Flock(file, Exclusive) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Libc.ErrorInterrupted)
                throw Failure(path);
        }
    }

    private static IOException Failure(string path) =>
        new($"'{path}' cannot be locked: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
}
