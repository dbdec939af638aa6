using Microsoft.Extensions.Options;
using Platform.InferenceHost.Models;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Generation;

/// <summary>
/// Runs all generations on one thread of its own. Each model has as many places as slots; who comes first is served
/// first, and models take turns token by token. What else touches a loaded model's tensors (warm-up, freeing) is done
/// on the same thread, between two tokens.
/// </summary>
internal sealed partial class GenerationEngine : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<GenerationJob> _waiting = [];
    private readonly Queue<EngineAction> _actions = new();
    private readonly HashSet<LoadedModel> _busy = [];
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private readonly int _maxWaiting;
    private readonly ILogger<GenerationEngine> _logger;
    private bool _stopping;

    public GenerationEngine(IOptions<InferenceOptions> options, ILogger<GenerationEngine> logger)
    {
        _maxWaiting = options.Value.MaxQueued;
        _logger = logger;
        _thread = new Thread(Loop) { IsBackground = true, Name = "generation engine" };
        _thread.Start();
    }

    /// <summary>Generations that wait for a place.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Takes a generation. Its updates tell how it goes on.</summary>
    /// <exception cref="ResourceExhaustedException">Too many wait already.</exception>
    /// <exception cref="UnavailableException">The service stops.</exception>
    public void Submit(GenerationJob job)
    {
        lock (_gate)
        {
            ThrowIfStopping();
            // A caller who has gone leaves the queue at the engine's next step; he shall not cost another his place.
            if (_waiting.Count(waiting => !waiting.IsUnwanted) >= _maxWaiting)
            {
                throw new ResourceExhaustedException(
                    "QUEUE_FULL", $"{_maxWaiting} generations are waiting already; try again later.");
            }

            _waiting.Add(job);
        }

        _wake.Set();
    }

    /// <summary>Runs an action on the engine's thread, between two tokens.</summary>
    /// <exception cref="UnavailableException">The service stops.</exception>
    public Task RunAsync(Action action)
    {
        var item = new EngineAction(action);
        lock (_gate)
        {
            ThrowIfStopping();
            _actions.Enqueue(item);
        }

        _wake.Set();
        return item.Done;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
                return;
            _stopping = true;
        }

        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void ThrowIfStopping()
    {
        if (_stopping)
            throw new UnavailableException("STOPPING", "The service is stopping.");
    }

    private void Loop()
    {
        while (TakeWork())
        {
            foreach (var model in _busy)
                Tick(model);
            _busy.RemoveWhere(model => model.Slots.IsIdle);
            if (_busy.Count == 0 && !HasWork())
                _wake.WaitOne();
        }

        AbortAll(new UnavailableException("STOPPING", "The service is stopping."));
    }

    private bool HasWork()
    {
        lock (_gate)
            return _stopping || _waiting.Count > 0 || _actions.Count > 0;
    }

    // False when the engine is to stop.
    private bool TakeWork()
    {
        while (NextAction() is { } action)
            action.Run();
        lock (_gate)
        {
            _waiting.RemoveAll(job =>
            {
                if (job.IsUnwanted)
                {
                    job.Abort(error: null);
                    return true;
                }

                // First come, first served; a model whose places are taken does not hold up another's.
                if (!job.Model.Slots.HasFree)
                    return false;
                job.Model.Slots.Join(job);
                _busy.Add(job.Model);
                return true;
            });
            return !_stopping;
        }
    }

    private EngineAction? NextAction()
    {
        lock (_gate)
            return _actions.TryDequeue(out var action) ? action : null;
    }

    private void Tick(LoadedModel model)
    {
        try
        {
            model.Slots.Tick();
        }
        catch (Exception e)
        {
            // Whatever it is (memory, a device's fault), it ends this model's generations and not the engine.
            LogTickFailed(e, model.Source.Name);
            model.Slots.Abort(e);
        }
    }

    private void AbortAll(Exception error)
    {
        foreach (var model in _busy)
            model.Slots.Abort(error);
        lock (_gate)
        {
            foreach (var job in _waiting)
                job.Abort(error);
            _waiting.Clear();
            while (_actions.TryDequeue(out var action))
                action.Run();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Generating with {Model} failed.")]
    private partial void LogTickFailed(Exception error, string model);
}
