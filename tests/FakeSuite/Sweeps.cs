using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite;

/// <summary>Keeps sweeps true to their trials' runs.</summary>
internal static class Sweeps
{
    /// <summary>Copies what the trials' runs say. Call it under the world's lock.</summary>
    public static void Refresh(World world, Sweep sweep)
    {
        foreach (var trial in sweep.Trials)
        {
            if (!world.Runs.TryGetValue(trial.Run, out var found))
                continue;
            var run = found.Run;
            (trial.State, trial.Step, trial.Error) = (run.State, run.Step, run.Error);
            if (run.HasValidationLoss)
                trial.ValidationLoss = run.ValidationLoss;
            if (run.HasFinalLoss)
                trial.FinalLoss = run.FinalLoss;
            if (run.StartTime is not null)
            {
                trial.DurationSeconds =
                    ((run.EndTime ?? World.Now).ToDateTime() - run.StartTime.ToDateTime()).TotalSeconds;
            }
        }

        sweep.EndedTrialCount = sweep.Trials.Count(HasEnded);
        sweep.FailedTrialCount = sweep.Trials.Count(t => t.State is State.Failed);
        sweep.State = sweep.EndedTrialCount < sweep.Trials.Count ? State.Running : State.Succeeded;
        sweep.Best.Clear();
        var ended = sweep.Trials.Where(t => t.State is State.Succeeded && t.HasValidationLoss).ToList();
        foreach (var group in ended.GroupBy(t => t.Dataset))
            sweep.Best.Add(Best(group.MinBy(t => t.ValidationLoss)!, group.Key));
        if (sweep.Spec.Datasets.Count < 2 || ended.Count == 0)
            return;
        var overall = ended.GroupBy(t => t.Settings.ToString()).Where(g => g.Count() == sweep.Spec.Datasets.Count)
            .MinBy(g => g.Average(t => t.ValidationLoss));
        if (overall is null)
            return;
        var best = Best(overall.First(), "");
        best.Objective = overall.Average(t => t.ValidationLoss);
        sweep.Best.Add(best);
    }

    private static bool HasEnded(Trial trial) =>
        trial.State is State.Succeeded or State.Failed or State.Cancelled;

    private static BestTrial Best(Trial trial, string dataset) => new()
    {
        Dataset = dataset,
        Trial = trial.Number,
        Objective = trial.ValidationLoss,
        Settings = trial.Settings,
    };
}
