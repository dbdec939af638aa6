using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>What each configuration came to on each data set, over its repeats.</summary>
internal static class SweepResults
{
    /// <summary>Every configuration with a trial that succeeded, the best first on each data set.</summary>
    public static IReadOnlyList<ConfigurationResult> Of(SweepSpec spec, IReadOnlyList<Trial> trials)
    {
        var perConfiguration = spec.Datasets.Count * Math.Max(1, spec.Repeats);
        // Those that were let go early had fewer steps: they are compared with nobody.
        var steps = spec.Strategy == Strategy.SuccessiveHalving
            ? trials.GroupBy(trial => trial.Dataset).ToDictionary(group => group.Key, FarthestStep)
            : [];
        return
        [
            .. trials
                .Where(trial => TrialView.ObjectiveOf(trial, spec.Objective) is not null)
                .Where(trial => steps.Count == 0 || trial.Step >= steps[trial.Dataset])
                .GroupBy(trial => (trial.Dataset, Configuration: (trial.Number - 1) / perConfiguration))
                .Select(group => new ConfigurationResult(
                    group.Key.Dataset,
                    group.Key.Configuration,
                    group.First().Settings,
                    [.. group],
                    [.. group.Select(trial => TrialView.ObjectiveOf(trial, spec.Objective)!.Value)]))
                .OrderBy(result => spec.Datasets.IndexOf(result.Dataset))
                .ThenBy(result => Rungs.Rank(spec, result.Mean)),
        ];
    }

    /// <summary>The standard deviation between repeats, pooled over all configurations; null without repeats.</summary>
    public static double? Noise(IEnumerable<ConfigurationResult> results)
    {
        var repeated = results.Where(result => result.Objectives.Count > 1).ToList();
        var freedom = repeated.Sum(result => result.Objectives.Count - 1);
        return freedom == 0
            ? null
            : Math.Sqrt(repeated.Sum(r => r.Objectives.Sum(value => (value - r.Mean) * (value - r.Mean))) / freedom);
    }

    /// <summary>As callers get it.</summary>
    public static SweepResult ToMessage(ConfigurationResult result)
    {
        var message = new SweepResult
        {
            Dataset = result.Dataset,
            Settings = result.Settings,
            TrialCount = result.Objectives.Count,
            Mean = result.Mean,
        };
        if (result.Deviation is { } deviation)
            message.Deviation = deviation;
        var losses = result.Trials.Where(trial => trial.HasFinalLoss).Select(trial => trial.FinalLoss).ToList();
        if (losses.Count > 0)
            message.FinalLoss = losses.Average();
        return message;
    }

    private static long FarthestStep(IEnumerable<Trial> trials) => trials.Max(trial => trial.Step);
}
