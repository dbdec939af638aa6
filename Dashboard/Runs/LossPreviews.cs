using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Runs;

/// <summary>
/// The small curves of the table of runs: read a few rows at a time, and again for rows whose step has
/// changed, at most every few seconds.
/// </summary>
/// <param name="runs">Where they are read.</param>
/// <param name="time">The clock.</param>
/// <param name="changed">Is told when there are new ones.</param>
/// <param name="closed">Cancelled when the page is closed.</param>
internal sealed class LossPreviews(RunsClient runs, TimeProvider time, Action changed, CancellationToken closed)
{
    private const int Buckets = 40;
    private const int RunsAtOnce = 20;

    // What was never looked at is read from the start: long runs must not keep the short ones waiting.
    private const long StepsAtOnce = 100_000;
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, IReadOnlyList<double>> _losses = [];
    private readonly Dictionary<string, long> _steps = [];
    private IReadOnlyList<Run> _shown = [];
    private TaskCompletionSource _other = new();
    private bool _reading;

    /// <summary>A run's losses; null where they were not read yet.</summary>
    /// <param name="run">Its name.</param>
    public IReadOnlyList<double>? Of(string run) => _losses.GetValueOrDefault(run);

    /// <summary>Says which runs are in view, as they are now.</summary>
    /// <param name="shown">The runs.</param>
    public void Show(IReadOnlyList<Run> shown)
    {
        // Rows that were never read need not wait for those that were.
        if (shown.Any(IsNew))
            _other.TrySetResult();
        _shown = shown;
        if (!_reading)
            _ = ReadAsync();
    }

    private async Task ReadAsync()
    {
        _reading = true;
        try
        {
            while (Stale() is { Count: > 0 } stale)
            {
                _other = new();
                var request = new GetMetricsRequest { MaxBuckets = Buckets };
                request.Series.Add("train_loss");
                request.Runs.AddRange(stale.Select(r => r.Name));
                var (curves, failure) = await runs.GetMetricsAsync(request, closed);
                if (failure is null)
                {
                    foreach (var run in stale)
                        _steps[run.Name] = run.Step;
                    foreach (var curve in curves!)
                        _losses[curve.Run] = [.. curve.Last];
                    changed();
                    if (_shown.Any(IsNew))
                        continue;
                }

                await Task.WhenAny(_other.Task, Task.Delay(_interval, time, closed));
                closed.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed during the pause.
        }
        finally
        {
            _reading = false;
        }
    }

    private bool IsNew(Run run) => run.Step > 0 && !_steps.ContainsKey(run.Name);

    private List<Run> Stale()
    {
        var stale = _shown.Where(r => r.Step > 0 && _steps.GetValueOrDefault(r.Name) != r.Step)
            .OrderByDescending(IsNew).ThenBy(r => r.Step);
        var (chosen, steps) = (new List<Run>(), 0L);
        foreach (var run in stale.Take(RunsAtOnce))
        {
            steps += run.Step;
            if (chosen.Count > 0 && steps > StepsAtOnce)
                break;
            chosen.Add(run);
        }

        return chosen;
    }
}
