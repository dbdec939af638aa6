using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Queue;

/// <summary>The runs that wait, in their order.</summary>
internal sealed class PendingRuns(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<(long Order, string Id)> _runs = [];
    private readonly Dictionary<string, long> _orders = [];
    private Dictionary<string, int>? _positions;
    private long _lastOrder;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _runs.Count;
        }
    }

    /// <summary>A place behind everyone who ever had one: microseconds, so that it holds over restarts too.</summary>
    public long NextOrder()
    {
        lock (_lock)
            return _lastOrder = Math.Max(_lastOrder + 1, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10);
    }

    /// <summary>Lets a run wait, at the place that it has or is given.</summary>
    public void Add(string id, long order)
    {
        lock (_lock)
        {
            Take(id);
            _runs.Add((order, id));
            _orders[id] = order;
            _lastOrder = Math.Max(_lastOrder, order);
            _positions = null;
        }
    }

    /// <summary>Takes a run out.</summary>
    /// <returns>Whether it waited.</returns>
    public bool Remove(string id)
    {
        lock (_lock)
            return Take(id);
    }

    /// <summary>Takes the first out that may go; null where none may.</summary>
    public string? TakeFirst(Func<string, bool> mayGo)
    {
        lock (_lock)
        {
            foreach (var (_, id) in _runs)
            {
                if (!mayGo(id))
                    continue;
                Take(id);
                return id;
            }

            return null;
        }
    }

    /// <summary>The run with its place in the queue, from 1, where it waits.</summary>
    public Run WithPosition(Run run)
    {
        if (run.State != State.Queued)
            return run;
        lock (_lock)
        {
            if (_positions is null)
            {
                _positions = new Dictionary<string, int>(_runs.Count);
                foreach (var (_, id) in _runs)
                    _positions[id] = _positions.Count + 1;
            }

            if (!_positions.TryGetValue(run.Name["runs/".Length..], out var position))
                return run;
            var copy = run.Clone();
            copy.QueuePosition = position;
            return copy;
        }
    }

    private bool Take(string id)
    {
        if (!_orders.Remove(id, out var order))
            return false;
        _runs.Remove((order, id));
        _positions = null;
        return true;
    }
}
