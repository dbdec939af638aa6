using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Platform.AppHost;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal ask to stop; Ctrl-C after that kills. The end of standard input asks too,
/// where <see cref="StopOnStdinEof"/> is 1: whoever starts a suite keeps the other end of that pipe, so that the suite
/// ends however its starter does.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>The variable that the services know as well. A suite in a terminal has it not.</summary>
    public const string StopOnStdinEof = "PLATFORM_STOP_ON_STDIN_EOF";

    // One wish to stop can come as several signals: timeout and systemd signal the whole group of processes, and
    // dotnet run passes its own signal on besides.
    private static readonly TimeSpan s_together = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private readonly List<PosixSignalRegistration> _registrations;
    private readonly Lock _lock = new();
    private long? _first;
    private bool _disposed;

    public StopSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
        if (Environment.GetEnvironmentVariable(StopOnStdinEof) == "1")
            new Thread(AwaitEndOfInput) { IsBackground = true, Name = "end of input" }.Start();
    }

    /// <summary>Stop in order.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Do not wait any longer.</summary>
    public CancellationToken Kill => _kill.Token;

    public void Dispose()
    {
        lock (_lock)
            _disposed = true;
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

    // A read of a pipe cannot be cancelled: its thread is left behind when the program ends.
    private void AwaitEndOfInput()
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        while (input.Read(buffer) > 0)
        {
            // What stands in the pipe means nothing; only its end does.
        }

        // All of it: the program may be at its end, where the source is disposed of.
        lock (_lock)
        {
            if (_first is not null || _disposed)
                return;
            _first = Stopwatch.GetTimestamp();
            Console.WriteLine("Whoever started the suite has gone; stopping it.");
            _stop.Cancel();
        }
    }
}
