using System.Runtime.InteropServices;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// The wish to end: SIGTERM from the service, Ctrl-C by hand, or the AppHost that is gone. The loop looks at it between
/// steps; what is under way is finished and saved.
/// </summary>
internal sealed class StopRequest : IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly CancellationTokenSource _source = new();
    private string _reason = "";

    /// <summary>Cancelled once the worker is to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the worker is to end.</summary>
    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>Why, in words for people; empty before.</summary>
    public string Reason => Volatile.Read(ref _reason);

    /// <summary>Listens to SIGTERM and SIGINT from now on.</summary>
    public void ListenToSignals()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true; // The process must live until the checkpoint is written.
                Request($"{context.Signal} received");
            }));
        }
    }

    /// <summary>Asks the worker to end; only the first reason counts.</summary>
    public void Request(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, "") == "")
            _source.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _source.Dispose();
    }
}
