using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite.Services;

/// <summary>Filter and order of the list of runs, as far as the Dashboard uses them.</summary>
internal static class RunQuery
{
    /// <summary>The runs that match, in order.</summary>
    public static IEnumerable<Run> Select(IEnumerable<Run> runs, string filter, string orderBy)
    {
        var matching = runs.Where(r => Matches(r, filter));
        var falling = orderBy.EndsWith(" desc", StringComparison.Ordinal) || orderBy.Length == 0;
        var none = falling ? double.NegativeInfinity : double.PositiveInfinity;
        Func<Run, object> key = orderBy.Split(' ')[0] switch
        {
            "display_name" => r => (r.DisplayName.Length > 0 ? r.DisplayName : Id(r)).ToUpperInvariant(),
            "state" => r => (int)r.State,
            "step" => r => r.Step,
            "tokens" => r => r.Tokens,
            "dataset" => r => r.Spec.Dataset,
            "train_loss" => r => r.HasTrainLoss ? r.TrainLoss : none,
            "validation_loss" => r => r.HasValidationLoss ? r.ValidationLoss : none,
            "best_validation_loss" => r => r.HasBestValidationLoss ? r.BestValidationLoss : none,
            "tokens_per_second" => r => r.HasTokensPerSecond ? r.TokensPerSecond : none,
            "end_time" => r => (double?)r.EndTime?.ToDateTime().Ticks ?? none,
            "start_time" => r => (double?)r.StartTime?.ToDateTime().Ticks ?? none,
            _ => r => r.CreateTime.ToDateTime(),
        };
        var ordered = falling ? matching.OrderByDescending(key) : matching.OrderBy(key);
        return ordered.ThenBy(r => r.Name, StringComparer.Ordinal);
    }

    /// <summary>A page with its counts.</summary>
    public static RunList Page(IReadOnlyCollection<Run> runs, WatchRunsRequest request)
    {
        var matching = Select(runs, request.Filter, request.OrderBy).ToList();
        var words = request.Filter.Split(' ').Where(w => !w.StartsWith("state:", StringComparison.Ordinal));
        var list = new RunList { TotalSize = matching.Count };
        list.Runs.AddRange(matching.Skip(request.Skip).Take(request.PageSize).Select(r => r.Clone()));
        list.StateCounts.AddRange(Select(runs, string.Join(' ', words), "").CountBy(r => r.State)
            .OrderBy(c => c.Key).Select(c => new StateCount { State = c.Key, Count = c.Value }));
        list.Tags.AddRange(runs.SelectMany(r => r.Tags)
            .CountBy(t => t)
            .OrderByDescending(c => c.Value)
            .Select(c => c.Key));
        list.Datasets.AddRange(runs.Select(r => r.Spec.Dataset).Distinct());
        return list;
    }

    /// <summary>Refuses a filter that asks for a state that there is none of, as the service does.</summary>
    /// <exception cref="Grpc.Core.RpcException">The filter is wrong.</exception>
    public static void Check(string filter)
    {
        foreach (var word in filter.Split(' ').Where(w => w.StartsWith("state:", StringComparison.Ordinal)))
        {
            foreach (var state in word["state:".Length..].Split(','))
            {
                if (!Enum.TryParse<Contracts.Common.V1.State>(state, ignoreCase: true, out _))
                    throw Refusal.Field("filter", $"'{state}' is none of queued, running, succeeded.");
            }
        }
    }

    /// <summary>Whether a run matches.</summary>
    public static bool Matches(Run run, string filter) =>
        filter.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .All(word => Matches(run, word.Trim('"').Split(':', 2)));

    private static bool Matches(Run run, string[] word) => word switch
    {
        ["state", var states] => states.Split(',').Contains(run.State.ToString(), StringComparer.OrdinalIgnoreCase),
        ["tag", var tag] => run.Tags.Contains(tag),
        ["dataset", var dataset] => Id(run.Spec.Dataset) == Id(dataset),
        ["sweep", var sweep] => Id(run.Sweep) == Id(sweep),
        ["id", var ids] => ids.Split(',').Contains(Id(run)),
        [var text] => $"{run.Name}\n{run.DisplayName}\n{run.Tags}\n{run.Spec.Dataset}"
            .Contains(text, StringComparison.OrdinalIgnoreCase),
        _ => true,
    };

    private static string Id(Run run) => Id(run.Name);

    private static string Id(string name) => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
