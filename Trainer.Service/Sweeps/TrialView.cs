using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>Makes the message that callers get of a trial.</summary>
internal static class TrialView
{
    /// <summary>The trial as its run has it.</summary>
    public static Trial Create(SweepRecord sweep, TrialPlan plan, Run run, int retries)
    {
        var trial = new Trial
        {
            Number = plan.Number,
            Run = run.Name,
            Dataset = plan.Dataset,
            Settings = plan.Settings,
            State = run.State,
            Error = run.Error,
            Step = run.Step,
            TrainableParameterCount = run.TrainableParameterCount,
            Retries = retries,
            Repeat = plan.Repeat,
            PackSize = run.PackSize,
        };
        if (run.HasFinalLoss)
            trial.FinalLoss = run.FinalLoss;
        if (run.HasValidationLoss)
            trial.ValidationLoss = run.ValidationLoss;
        if (run.HasInitialValidationLoss)
            trial.InitialValidationLoss = run.InitialValidationLoss;
        if (run.HasBestValidationLoss)
            trial.BestValidationLoss = run.BestValidationLoss;
        if (ObjectiveOf(trial, sweep.Spec.Objective) is { } objective)
            trial.Objective = objective;
        if (run is { StartTime: { } start, EndTime: { } end })
            trial.DurationSeconds = (end - start).ToTimeSpan().TotalSeconds;
        return trial;
    }

    /// <summary>Whether its run has ended.</summary>
    public static bool HasEnded(Trial trial) => trial.State is State.Succeeded or State.Failed or State.Cancelled;

    /// <summary>What a trial is judged by; null where it has not succeeded or was not measured.</summary>
    public static double? ObjectiveOf(Trial trial, Objective objective)
    {
        if (trial.State != State.Succeeded)
            return null;
        var value = objective switch
        {
            Objective.FinalLoss => trial.HasFinalLoss ? trial.FinalLoss : double.NaN,
            Objective.BestValidationLoss => trial.HasBestValidationLoss ? trial.BestValidationLoss : double.NaN,
            _ => trial.HasValidationLoss ? trial.ValidationLoss : double.NaN,
        };
        return double.IsNaN(value) ? null : value;
    }
}
