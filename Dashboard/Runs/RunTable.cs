using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.Dashboard.Runs;

/// <summary>The list of runs as the stream tells it, with filter and order of the reader's choice.</summary>
public sealed class RunTable
{
    private readonly Dictionary<string, Run> _runs = [];

    /// <summary>All runs, in no order.</summary>
    public IReadOnlyCollection<Run> Runs => _runs.Values;

    /// <summary>Whether a run's work is over, well or not.</summary>
    /// <param name="run">The run.</param>
    public static bool HasEnded(Run run) => run.State is State.Succeeded or State.Failed or State.Cancelled;

    /// <summary>Takes a message of the stream. A snapshot takes the place of everything, also after a reconnect.</summary>
    /// <param name="message">The message.</param>
    public void Apply(WatchRunsResponse message)
    {
        switch (message.UpdateCase)
        {
            case WatchRunsResponse.UpdateOneofCase.Snapshot:
                _runs.Clear();
                foreach (var run in message.Snapshot.Runs)
                    _runs[run.Name] = run;
                break;
            case WatchRunsResponse.UpdateOneofCase.Changed:
                _runs[message.Changed.Name] = message.Changed;
                break;
            case WatchRunsResponse.UpdateOneofCase.Removed:
                _runs.Remove(message.Removed);
                break;
        }
    }

    /// <summary>The runs that match, in order.</summary>
    /// <param name="text">Words that must all occur in name, display name, tags or data set.</param>
    /// <param name="state">The state's name in lower case; empty: every state.</param>
    /// <param name="order">A column's key, with " desc" behind for falling.</param>
    /// <param name="trials">Whether trials of sweeps are among them.</param>
    public IReadOnlyList<Run> Select(string text, string state, string order, bool trials)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var matching = _runs.Values
            .Where(r => trials || r.Sweep.Length == 0)
            .Where(r => state.Length == 0 || r.State.ToString().Equals(state, StringComparison.OrdinalIgnoreCase))
            .Where(r => words.All(w => Matches(r, w)));
        return [.. Sort(matching, order)];
    }

    private static bool Matches(Run run, string word) =>
        Has(run.Name, word) || Has(run.DisplayName, word) || Has(run.Spec?.Dataset ?? "", word)
        || run.Tags.Any(t => Has(t, word));

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Run> Sort(IEnumerable<Run> runs, string order)
    {
        var falling = order.EndsWith(" desc", StringComparison.Ordinal);
        var key = falling ? order[..^" desc".Length] : order;
        return key switch
        {
            "name" => Ordered(r => r.DisplayName.Length > 0 ? r.DisplayName : r.Name, StringComparer.OrdinalIgnoreCase),
            "state" => Ordered(r => (int)r.State, Comparer<int>.Default),
            "step" => Ordered(r => r.Step, Comparer<long>.Default),
            "speed" => Ordered(r => Measured(r.HasTokensPerSecond, r.TokensPerSecond), Comparer<double>.Default),
            "train_loss" => Ordered(r => Measured(r.HasTrainLoss, r.TrainLoss), Comparer<double>.Default),
            "validation_loss" => Ordered(r => Measured(r.HasValidationLoss, r.ValidationLoss), Comparer<double>.Default),
            _ => Ordered(r => r.CreateTime?.ToDateTime() ?? default, Comparer<DateTime>.Default),
        };

        // What was not measured comes last in either order.
        double Measured(bool has, double value) =>
            has && !double.IsNaN(value) ? value : falling ? double.NegativeInfinity : double.PositiveInfinity;

        IEnumerable<Run> Ordered<TKey>(Func<Run, TKey> by, IComparer<TKey> comparer) => falling
            ? runs.OrderByDescending(by, comparer).ThenBy(r => r.Name, StringComparer.Ordinal)
            : runs.OrderBy(by, comparer).ThenBy(r => r.Name, StringComparer.Ordinal);
    }
}
