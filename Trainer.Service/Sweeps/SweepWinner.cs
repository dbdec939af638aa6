using System.Globalization;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Sweeps;

/// <summary>Finds the model that a sweep was made for.</summary>
internal sealed class SweepWinner(RunStore runs)
{
    /// <summary>The best trial's checkpoint.</summary>
    /// <param name="sweep">The sweep with its trials.</param>
    /// <param name="dataset">The best on this data set; empty: over all, or on the only one.</param>
    /// <exception cref="InvalidArgumentException">The sweep has no such data set.</exception>
    /// <exception cref="FailedPreconditionException">None has succeeded, or its checkpoint is gone.</exception>
    public GetSweepWinnerResponse Find(Sweep sweep, string dataset)
    {
        if (dataset.Length > 0 && !sweep.Spec.Datasets.Contains(dataset))
            throw new InvalidArgumentException("dataset", $"{sweep.Name} has no trials on '{dataset}'.");
        var wanted = dataset.Length == 0 && sweep.Spec.Datasets.Count == 1 ? sweep.Spec.Datasets[0] : dataset;
        var best = sweep.Best.FirstOrDefault(item => item.Dataset == wanted) ?? throw new FailedPreconditionException(
            "SWEEP_HAS_NO_WINNER",
            $"{sweep.Name} has no winner {(wanted.Length == 0 ? "over all data sets" : $"on {wanted}")}: none of its "
            + "trials there has succeeded with an objective.");
        var trial = sweep.Trials[best.Trial - 1];
        var run = runs.TryGet(trial.Run["runs/".Length..]);
        var step = sweep.Spec.Objective == Objective.BestValidationLoss ? run?.BestStep : run?.Step;
        var kept = run is null ? [] : CheckpointFolder.List(runs.Load(RunStore.IdOf(run)).Folder);
        return kept.All(checkpoint => checkpoint.Step != step)
            ? throw new FailedPreconditionException(
                "CHECKPOINT_GONE",
                string.Create(CultureInfo.InvariantCulture, $"{trial.Run} has no checkpoint of step {step} any more."))
            : new GetSweepWinnerResponse
            {
                Best = best,
                Trial = trial,
                Model = string.Create(CultureInfo.InvariantCulture, $"{trial.Run}@{step}"),
                Adapter = run!.Spec.Lora is not null,
            };
    }
}
