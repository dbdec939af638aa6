using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>The best configurations of a sweep.</summary>
internal static class SweepBest
{
    /// <summary>The best so far for each data set, and over all of them where there are several.</summary>
    public static IEnumerable<BestTrial> Of(SweepSpec spec, IReadOnlyList<ConfigurationResult> results)
    {
        foreach (var dataset in results.GroupBy(result => result.Dataset))
            yield return Create(spec, dataset.Key, dataset.MinBy(result => Rungs.Rank(spec, result.Mean))!, null);
        if (spec.Datasets.Count < 2)
            yield break;
        var everywhere = results
            .GroupBy(result => result.Configuration)
            .Where(group => group.Count() == spec.Datasets.Count)
            .ToList();
        if (everywhere.Count == 0)
            yield break;
        var best = everywhere.MinBy(group => Rungs.Rank(spec, group.Average(result => result.Mean)))!;
        var first = best.MinBy(result => spec.Datasets.IndexOf(result.Dataset))!;
        yield return Create(spec, "", first, best.Average(result => result.Mean));
    }

    private static BestTrial Create(SweepSpec spec, string dataset, ConfigurationResult result, double? overall)
    {
        var best = new BestTrial
        {
            Dataset = dataset,
            Trial = result.Trials.MinBy(t => Rungs.Rank(spec, TrialView.ObjectiveOf(t, spec.Objective)!.Value))!.Number,
            Objective = overall ?? result.Mean,
            Settings = result.Settings,
        };
        if (overall is null && result.Deviation is { } deviation)
            best.Deviation = deviation;
        return best;
    }
}
