namespace Platform.Workers;

/// <summary>Signals to processes that were started by other means than <see cref="WorkerProcess"/>.</summary>
public static class ProcessSignal
{
    /// <summary>Asks a worker to save what it has and to end; passed on by every mpiexec.</summary>
    public const int Stop = 10;

    /// <summary>Ends a process at once.</summary>
    public const int Kill = Libc.SignalKill;

    /// <summary>Sends a signal; a process that has ended is no error.</summary>
    /// <param name="pid">A child of this process, or this process itself, so that the id is nobody else's.</param>
    /// <param name="signal">Its number on Linux.</param>
    public static void Send(int pid, int signal) => _ = Libc.Kill(pid, signal);
}
