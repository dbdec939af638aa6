using System.Globalization;
using System.Runtime.InteropServices;

namespace Platform.Workers;

/// <summary>
/// The wish that a worker ends: a signal from its service, Ctrl-C by hand, or the AppHost that is gone. The work looks
/// at it between two pieces; what is under way is finished and saved.
/// </summary>
public sealed class StopRequest : IDisposable
{
    private const string AppHostPid = "PLATFORM_APPHOST_PID";
    private const string AppHostStart = "PLATFORM_APPHOST_START";

    // SIGUSR1: the one signal that every mpiexec passes on to its ranks and does not kill them for.
    private static readonly PosixSignal[] s_signals =
        [PosixSignal.SIGTERM, PosixSignal.SIGINT, (PosixSignal)ProcessSignal.Stop];

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly List<IDisposable> _watches = [];
    private readonly CancellationTokenSource _source = new();
    private string _reason = "";

    /// <summary>Cancelled once the worker is to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the worker is to end.</summary>
    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>Why, in words for people; empty before.</summary>
    public string Reason => Volatile.Read(ref _reason);

    /// <summary>Listens to SIGTERM, SIGINT and SIGUSR1 from now on.</summary>
    public StopRequest ListenToSignals()
    {
        foreach (var signal in s_signals)
        {
            _watches.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true; // The process must live until all is saved.
                Request($"{NameOf(context.Signal)} received");
            }));
        }

        return this;
    }

    /// <summary>
    /// Watches the AppHost that the environment names: killed, it cannot send anyone a signal, and nothing may be left
    /// behind. A worker that was started by hand has none and watches nobody.
    /// </summary>
    public StopRequest WatchAppHost(TimeProvider time)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable(AppHostPid), CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(
                Environment.GetEnvironmentVariable(AppHostStart), CultureInfo.InvariantCulture, out var start))
            Watch(new ProcessIdentity(pid, start), "the suite that this worker belongs to has ended", time);
        return this;
    }

    /// <summary>Asks the worker to end once a process is gone.</summary>
    public void Watch(ProcessIdentity process, string reason, TimeProvider time) => _watches.Add(time.CreateTimer(
        _ =>
        {
            if (!process.IsAlive)
                Request(reason);
        },
        state: null,
        TimeSpan.Zero,
        s_interval));

    /// <summary>Asks the worker to end; only the first reason counts.</summary>
    public void Request(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, "").Length == 0)
            _source.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var watch in _watches)
            watch.Dispose();
        _source.Dispose();
    }

    private static string NameOf(PosixSignal signal) => signal == s_signals[^1] ? "SIGUSR1" : signal.ToString();
}
