using System.Globalization;
using System.Runtime.InteropServices;
using Platform.Workers;

namespace Platform.EvalHost.Worker;

/// <summary>
/// The wish that the worker ends: SIGTERM or SIGINT, or that the AppHost is gone, which cannot send a signal any more
/// when it was killed. Without an AppHost in the environment it watches nobody.
/// </summary>
internal sealed class StopRequest : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly List<IDisposable> _watches = [];
    private string _reason = "";

    public StopRequest(TimeProvider time)
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT])
        {
            _watches.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true; // What is under way is finished and noted first.
                Request($"{context.Signal} received");
            }));
        }

        if (AppHost() is { } appHost)
        {
            _watches.Add(time.CreateTimer(
                _ =>
                {
                    if (!appHost.IsAlive)
                        Request("the suite that this worker belongs to has ended");
                },
                null,
                s_interval,
                s_interval));
        }
    }

    /// <summary>Cancelled once the worker is to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Why, in words for people.</summary>
    public string Reason => Volatile.Read(ref _reason);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var watch in _watches)
            watch.Dispose();
        _source.Dispose();
    }

    private void Request(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, "").Length == 0)
            _source.Cancel();
    }

    private static ProcessIdentity? AppHost() =>
        int.TryParse(
            Environment.GetEnvironmentVariable("PLATFORM_APPHOST_PID"), CultureInfo.InvariantCulture, out var pid)
        && long.TryParse(
            Environment.GetEnvironmentVariable("PLATFORM_APPHOST_START"), CultureInfo.InvariantCulture, out var start)
            ? new ProcessIdentity(pid, start)
            : null;
}
