using Microsoft.Extensions.Options;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces;

namespace Platform.TrainerHost.Metrics;

/// <summary>The columns of runs whose curves were looked at lately, up to a bound on memory.</summary>
internal sealed class MetricsCache(DataRoot root, IOptions<TrainerOptions> options)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(string Id, RunSeries Series)> _recent = new();
    private readonly Dictionary<string, LinkedListNode<(string Id, RunSeries Series)>> _byId = [];

    /// <summary>A run's curves for the series that it has among those asked for; none asked for: all.</summary>
    public IReadOnlyList<Curve> Curves(string id, IReadOnlyCollection<string> names, CurveRequest request)
    {
        var series = Take(id);
        List<Curve> curves;
        lock (series.Gate)
        {
            series.Update();
            curves =
            [
                .. series.Columns
                    .Where(column => names.Count == 0 || names.Contains(column.Key))
                    .OrderBy(column => column.Key, StringComparer.Ordinal)
                    .Select(column => CurveBuilder.Build($"runs/{id}", column.Key, series, column.Value, request))
                    .OfType<Curve>(),
            ];
        }

        Trim();
        return curves;
    }

    /// <summary>Forgets a run, since it was deleted.</summary>
    public void Forget(string id)
    {
        lock (_lock)
        {
            if (_byId.Remove(id, out var node))
                _recent.Remove(node);
        }
    }

    private RunSeries Take(string id)
    {
        lock (_lock)
        {
            if (_byId.TryGetValue(id, out var node))
                _recent.Remove(node);
            else
                _byId[id] = node = new((id, new RunSeries(Path.Combine(root.Runs, id))));
            _recent.AddFirst(node);
            return node.Value.Series;
        }
    }

    private void Trim()
    {
        lock (_lock)
        {
            var size = _recent.Sum(item => item.Series.SizeBytes);
            // The one just used stays, however large.
            while (size > options.Value.MetricsCacheBytes && _recent.Count > 1)
            {
                var (id, series) = _recent.Last!.Value;
                size -= series.SizeBytes;
                _recent.RemoveLast();
                _byId.Remove(id);
            }
        }
    }
}
