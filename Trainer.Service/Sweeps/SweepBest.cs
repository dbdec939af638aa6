using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>The best trials of a sweep.</summary>
internal static class SweepBest
{
    /// <summary>The best so far for each data set, and over all of them where there are several.</summary>
    public static IEnumerable<BestTrial> Of(SweepSpec spec, IReadOnlyList<Trial> trials)
    {
        var judged = trials
            .Select(trial => (Trial: trial, Value: TrialView.ObjectiveOf(trial, spec.Objective)))
            .Where(item => item.Value is not null)
            .Select(item => (item.Trial, Value: item.Value!.Value))
            .ToList();
        foreach (var dataset in spec.Datasets)
        {
            var here = judged.Where(item => item.Trial.Dataset == dataset).ToList();
            if (here.Count == 0)
                continue;
            var (trial, value) = here.MinBy(item => item.Value);
            yield return Create(dataset, trial, value);
        }

        if (spec.Datasets.Count < 2)
            yield break;
        // Trials of the same settings stand side by side, one for each data set.
        var groups = judged
            .GroupBy(item => (item.Trial.Number - 1) / spec.Datasets.Count)
            .Where(group => group.Count() == spec.Datasets.Count)
            .ToList();
        if (groups.Count > 0)
        {
            var best = groups.MinBy(group => group.Average(item => item.Value))!;
            yield return Create("", best.MinBy(item => item.Trial.Number).Trial, best.Average(item => item.Value));
        }
    }

    private static BestTrial Create(string dataset, Trial trial, double value) =>
        new() { Dataset = dataset, Trial = trial.Number, Objective = value, Settings = trial.Settings };
}
