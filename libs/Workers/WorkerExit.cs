using System.Globalization;

namespace Platform.Workers;

/// <summary>How a worker process ended.</summary>
/// <param name="Code">Its exit code; null where a signal ended it or where it was not ours to wait for.</param>
/// <param name="Signal">The signal that ended it; null where none did or where that is not known.</param>
/// <param name="OutOfMemory">
/// Whether the kernel killed a process for lack of memory while this one ran; null where the kernel does not tell.
/// </param>
public sealed record WorkerExit(int? Code, int? Signal, bool? OutOfMemory = null)
{
    private const int Kill = 9;

    /// <summary>For a process that was started by an earlier life of this service.</summary>
    public static WorkerExit Unknown { get; } = new(null, null);

    /// <summary>What happened, in words: <c>ended with code 1</c>, <c>killed by signal 9 (SIGKILL), …</c>.</summary>
    public string Describe()
    {
        if (Signal is { } signal)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"killed by signal {signal}{NameOf(signal)}");
            return (signal, OutOfMemory) switch
            {
                (Kill, true) => text + ", out of memory: the kernel counted a kill for lack of memory meanwhile",
                (Kill, null) => text + ", perhaps for lack of memory",
                (Kill, false) => text + ", by someone; the kernel counted no kill for lack of memory meanwhile",
                _ => text,
            };
        }

        return Code is { } code
            ? string.Create(CultureInfo.InvariantCulture, $"ended with exit code {code}")
            : "ended; its exit code is not known, since an earlier life of this service had started it";
    }

    private static string NameOf(int signal) => signal switch
    {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        3 => " (SIGQUIT)",
        4 => " (SIGILL, illegal instruction)",
        6 => " (SIGABRT, aborted)",
        7 => " (SIGBUS, bus error)",
        8 => " (SIGFPE)",
        Kill => " (SIGKILL)",
        11 => " (SIGSEGV, segmentation fault)",
        15 => " (SIGTERM)",
        24 => " (SIGXCPU, processor time limit)",
        25 => " (SIGXFSZ, file size limit)",
        31 => " (SIGSYS, forbidden system call)",
        _ => "",
    };
}
