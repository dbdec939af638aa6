using System.Runtime.InteropServices;

namespace Platform.Workers;

/// <summary>
/// A worker process: started here, or found again after a restart of the service. It does not end with this object or
/// with this process.
/// </summary>
/// <remarks>
/// One thread waits for its end in the kernel (pidfd), so that the end is noticed at once; on kernels before 5.3 it
/// looks every 200 ms.
/// </remarks>
public sealed class WorkerProcess : IDisposable
{
    private const int LookMilliseconds = 200;
    private const short Readable = 1;

    private readonly TaskCompletionSource<WorkerExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _descriptorUse = new();
    private readonly long? _killsBefore;
    private readonly int _descriptor;
    private readonly bool _isChild;
    private volatile bool _released;

    private WorkerProcess(ProcessIdentity identity, int descriptor, bool isChild)
    {
        Identity = identity;
        _descriptor = descriptor;
        _isChild = isChild;
        _killsBefore = isChild ? OutOfMemoryCounter.Read() : null;
        new Thread(Wait) { IsBackground = true, Name = $"worker {identity.Pid}" }.Start();
    }

    /// <summary>Which process.</summary>
    public ProcessIdentity Identity { get; }

    /// <summary>
    /// Completes when the process has ended: with its exit code or signal for one that was started here. Cancelled by
    /// <see cref="Dispose"/>.
    /// </summary>
    public Task<WorkerExit> Exited => _exited.Task;

    /// <summary>
    /// Starts a process in a session of its own, at low priority, with standard input from /dev/null and its output
    /// appended to a file.
    /// </summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static WorkerProcess Start(WorkerStart start)
    {
        var pid = Spawner.Start(start);
        // Ours until we wait for it, so the id cannot go to another process before its start time is read; a process
        // that has ended already has no time that matters.
        var descriptor = Libc.PidfdOpen(pid);
        return new WorkerProcess(ProcessIdentity.Of(pid) ?? new(pid, 0), descriptor, isChild: true);
    }

    /// <summary>Takes up a process that an earlier life of the service has started; null where it has ended.</summary>
    public static WorkerProcess? TryAdopt(ProcessIdentity identity)
    {
        var descriptor = Libc.PidfdOpen(identity.Pid);
        // Looked at after the descriptor is open: from then on both mean the same process.
        if (identity.IsAlive)
            return new WorkerProcess(identity, descriptor, isChild: false);
        if (descriptor >= 0)
            _ = Libc.Close(descriptor);
        return null;
    }

    /// <summary>Asks the process to save what it has and to end (SIGTERM). One that has ended is no error.</summary>
    public void Terminate()
    {
        lock (_descriptorUse)
        {
            if (_exited.Task.IsCompleted || !Identity.IsAlive)
                return;
            var result = _descriptor >= 0
                ? Libc.PidfdSendSignal(_descriptor, Libc.SignalTerminate)
                : Libc.Kill(Identity.Pid, Libc.SignalTerminate);
            var error = result == 0 ? Libc.ErrorNoSuchProcess : Marshal.GetLastPInvokeError();
            if (error == Libc.ErrorNoSuchProcess)
                return;
            var reason = Marshal.GetPInvokeErrorMessage(error);
            throw new IOException($"Cannot signal process {Identity.Pid}: {reason}.");
        }
    }

    /// <summary>Ends the process and all of its group at once (SIGKILL). One that has ended is no error.</summary>
    public void Kill()
    {
        // As long as the leader is not reaped its id, and so its group's, is nobody else's.
        if (!_exited.Task.IsCompleted && Identity.IsAlive)
            _ = Libc.Kill(-Identity.Pid, Libc.SignalKill);
    }

    /// <summary>Stops watching. The process goes on.</summary>
    public void Dispose() => _released = true;

    private void Wait()
    {
        while (!HasEnded())
        {
            if (_released)
            {
                Finish(null);
                return;
            }
        }

        Finish(_isChild ? Reap() : WorkerExit.Unknown);
    }

    private void Finish(WorkerExit? exit)
    {
        lock (_descriptorUse)
        {
            if (exit is null)
                _exited.TrySetCanceled();
            else
                _exited.TrySetResult(exit);
            if (_descriptor >= 0)
                _ = Libc.Close(_descriptor);
        }
    }

    private bool HasEnded()
    {
        if (_descriptor < 0)
        {
            Thread.Sleep(LookMilliseconds);
            return !Identity.IsAlive;
        }

        var item = new Libc.PollItem { Descriptor = _descriptor, Events = Readable };
        // The timeout is for Dispose only.
        return Libc.Poll(ref item, 1, LookMilliseconds * 5) > 0;
    }

    private WorkerExit Reap()
    {
        while (true)
        {
            var result = Libc.WaitPid(Identity.Pid, out var status, 0);
            if (result == Identity.Pid)
                return Read(status);
            if (Marshal.GetLastPInvokeError() != Libc.ErrorInterrupted)
                return WorkerExit.Unknown;
        }
    }

    private WorkerExit Read(int status)
    {
        var signal = status & 0x7f;
        if (signal == 0)
            return new WorkerExit((status >> 8) & 0xff, null);
        // Null, not known, where either of them is.
        var kills = OutOfMemoryCounter.Read() - _killsBefore;
        return new WorkerExit(null, signal, kills is null ? null : kills > 0);
    }
}
