using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>Who goes on in successive halving (ASHA, Li et al. 2020, algorithm 2).</summary>
internal static class Rungs
{
    /// <summary>RunSpec's default of max_steps.</summary>
    public const long DefaultSteps = 1000;

    /// <summary>Steps of each rung; the last one's are the base's max_steps.</summary>
    public static IReadOnlyList<long> Steps(SweepSpec spec)
    {
        var rungs = new List<long>();
        for (var steps = spec.Halving.MinSteps; steps < spec.Base.MaxSteps; steps *= spec.Halving.Reduction)
            rungs.Add(steps);
        rungs.Add(spec.Base.MaxSteps);
        return rungs;
    }

    /// <summary>The trials that are to go on to the next rung now.</summary>
    /// <param name="spec">The sweep's spec.</param>
    /// <param name="trials">All trials.</param>
    /// <param name="rungOf">Which rung a trial was last sent to, by its index.</param>
    /// <param name="passed">Objectives of trials that went on: (rung, trial's number) → objective there.</param>
    public static IReadOnlyList<(Trial Trial, int Rung, double Objective)> Promotions(
        SweepSpec spec,
        IReadOnlyList<Trial> trials,
        IReadOnlyList<int> rungOf,
        IReadOnlyDictionary<(int Rung, int Trial), double> passed)
    {
        var last = Steps(spec).Count - 1;
        var promoted = new List<(Trial, int, double)>();
        foreach (var dataset in trials.GroupBy(trial => trial.Dataset))
        {
            // While any of them trains or waits, one that is not surely among the best can wait too.
            var settled = dataset.All(trial => trial.State is State.Succeeded or State.Failed or State.Cancelled);
            for (var rung = last - 1; rung >= 0; rung--)
            {
                var here = dataset
                    .Where(trial => rungOf[trial.Number - 1] == rung
                        && TrialView.ObjectiveOf(trial, spec.Objective) is not null)
                    .Select(trial => (Trial: trial, Value: TrialView.ObjectiveOf(trial, spec.Objective)!.Value))
                    .ToList();
                var numbers = dataset.Select(trial => trial.Number).ToHashSet();
                var gone = passed.Where(entry => entry.Key.Rung == rung && numbers.Contains(entry.Key.Trial)).ToList();
                var most = (here.Count + gone.Count) / spec.Halving.Reduction;
                // Fewer than the reduction: the best of them goes on all the same, so that one reaches the end.
                if (settled && gone.Count == 0 && here.Count > 0)
                    most = Math.Max(most, 1);
                var ranked = here.Select(item => (item.Trial.Number, item.Value))
                    .Concat(gone.Select(entry => (Number: entry.Key.Trial, entry.Value)))
                    .OrderBy(item => Rank(spec, item.Value))
                    .Take(most)
                    .Select(item => item.Number)
                    .ToHashSet();
                promoted.AddRange(here.Where(item => ranked.Contains(item.Trial.Number))
                    .Select(item => (item.Trial, rung + 1, item.Value)));
            }
        }

        return promoted;
    }

    /// <summary>A key that puts the better objective first.</summary>
    public static double Rank(SweepSpec spec, double objective) =>
        spec.Direction == Direction.Maximize ? -objective : objective;
}
