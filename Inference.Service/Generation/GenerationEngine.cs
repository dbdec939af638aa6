using Microsoft.Extensions.Options;
using Platform.InferenceHost.Models;
using Platform.Modeling;
using Platform.Workspaces.Errors;

namespace Platform.InferenceHost.Generation;

/// <summary>
/// Runs all generations on one thread of its own. Each model has as many places as slots, given by priority and in turn
/// to those who wait, and models take turns token by token. What else touches a loaded model's tensors (warm-up,
/// freeing) is done on the same thread, between two tokens.
/// </summary>
internal sealed partial class GenerationEngine : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<GenerationJob> _waiting = [];
    private readonly Queue<EngineAction> _actions = new();
    private readonly Dictionary<string, long> _served = [];
    private readonly HashSet<BaseModel> _busy = [];
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private readonly int _maxWaiting;
    private readonly ILogger<GenerationEngine> _logger;
    private long _joins;
    private bool _stopping;

    public GenerationEngine(IOptions<InferenceOptions> options, ILogger<GenerationEngine> logger)
    {
        _maxWaiting = options.Value.MaxQueued;
        _logger = logger;
        _thread = new Thread(Loop) { IsBackground = true, Name = "generation engine" };
        _thread.Start();
    }

    /// <summary>Generations that wait for a place on a model.</summary>
    public int WaitingFor(BaseModel model)
    {
        lock (_gate)
            return _waiting.Count(job => job.Model.Base == model);
    }

    /// <summary>Takes the generations of one request: all or none. Their updates tell how they go on.</summary>
    /// <exception cref="ResourceExhaustedException">Too many wait already.</exception>
    /// <exception cref="UnavailableException">The service stops.</exception>
    public void Submit(IReadOnlyList<GenerationJob> jobs)
    {
        lock (_gate)
        {
            ThrowIfStopping();
            // A caller who has gone leaves the queue at the engine's next step; he shall not cost another his place.
            if (_waiting.Count(waiting => !waiting.IsUnwanted) + jobs.Count > _maxWaiting)
            {
                jobs[0].Model.Base.Metrics.Refused();
                throw new ResourceExhaustedException(
                    "QUEUE_FULL", $"{_maxWaiting} generations at the most may wait; try again later.");
            }

            _waiting.AddRange(jobs);
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
        ThreadSlice.TryLengthen();
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
            foreach (var job in _waiting.Where(job => job.IsUnwanted))
                job.Abort(error: null);
            _waiting.RemoveAll(job => job.Ended.IsCompleted);
            while (NextJob() is { } job)
            {
                _waiting.Remove(job);
                _served[job.Caller] = ++_joins;
                job.Model.Base.Slots.Join(job);
                _busy.Add(job.Model.Base);
            }

            if (_waiting.Count == 0)
                _served.Clear();
            return !_stopping;
        }
    }

    // By priority; then the caller with the fewest places on the model, then the one whose turn was longest ago, then
    // the order in which they came. A model whose places are taken does not hold up another's.
    private GenerationJob? NextJob() => _waiting
        .Where(job => job.Model.Base.Slots.HasFree)
        .OrderByDescending(job => job.Priority)
        .ThenBy(job => job.Model.Base.Slots.RunningFor(job.Caller))
        .ThenBy(job => _served.GetValueOrDefault(job.Caller))
        .FirstOrDefault();

    private EngineAction? NextAction()
    {
        lock (_gate)
            return _actions.TryDequeue(out var action) ? action : null;
    }

    private void Tick(BaseModel model)
    {
        try
        {
            if (model.Slots.Tick() is > 0 and var batch)
                model.Metrics.Step(batch);
        }
        catch (Exception e)
        {
            // Whatever it is (memory, a device's fault), it ends this model's generations and not the engine.
            LogTickFailed(e, model.Name);
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
