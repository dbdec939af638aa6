using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Platform.AppHost;

/// <summary>Ctrl-C, SIGTERM and a closed terminal ask to stop; Ctrl-C after that kills.</summary>
internal sealed class StopSignals : IDisposable
{
    // One wish to stop can come as several signals: timeout and systemd signal the whole group of processes, and
    // dotnet run passes its own signal on besides.
    private static readonly TimeSpan s_together = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private readonly List<PosixSignalRegistration> _registrations;
    private readonly Lock _lock = new();
    private long? _first;

    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
    ];

    /// <summary>Stop in order.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Do not wait any longer.</summary>
    public CancellationToken Kill => _kill.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
        _kill.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (_first is { } first)
            {
                if (context.Signal == PosixSignal.SIGINT && Stopwatch.GetElapsedTime(first) > s_together)
                    _kill.Cancel();
                return;
            }

            _first = Stopwatch.GetTimestamp();
        }

        Console.WriteLine("Stopping the suite; Ctrl-C again kills it.");
        _stop.Cancel();
    }
}
