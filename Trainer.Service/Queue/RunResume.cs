using System.Globalization;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Queue;

/// <summary>Which runs may be taken up again.</summary>
internal static class RunResume
{
    private const long MaxSteps = 1_000_000_000;

    /// <summary>Checks a wish to go on.</summary>
    /// <exception cref="InvalidArgumentException">The number of steps or ranks is out of range.</exception>
    /// <exception cref="FailedPreconditionException">The run has not ended, or nothing is left to do.</exception>
    public static void Check(LiveRun run, long? maxSteps, int? ranks = null)
    {
        var before = run.Record.Spec.MaxSteps;
        if (ranks is { } wanted)
            CheckRanks(run.Record.Spec, wanted);
        if (maxSteps is < 1 or > MaxSteps)
            throw new InvalidArgumentException("max_steps", "Must be 1 to 1,000,000,000.");
        if (maxSteps < before)
        {
            throw new InvalidArgumentException(
                "max_steps", string.Create(CultureInfo.InvariantCulture, $"Must not be below the run's own {before}."));
        }

        var state = run.History.State;
        if (!run.History.HasEnded)
        {
            throw new FailedPreconditionException(
                "RUN_NOT_ENDED", $"{run.Record.Name} has not ended: {state.ToString().ToUpperInvariant()}.");
        }

        if (state == State.Succeeded && (maxSteps ?? before) <= before)
        {
            throw new FailedPreconditionException(
                "RUN_COMPLETE", $"{run.Record.Name} has done all its {before} steps; it goes on only with more.");
        }
    }

    private static void CheckRanks(RunSpec spec, int ranks)
    {
        if (ranks is < 1 or > RunSpecRules.MaxRanks)
            throw new InvalidArgumentException("ranks", "Must be 1 to 1,024.");
        var micro = (long)spec.Batch.MicroBatchSize * spec.Batch.SequenceLength * ranks;
        if (spec.Batch.TokensPerStep % micro != 0)
        {
            throw new InvalidArgumentException(
                "ranks",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A step's {spec.Batch.TokensPerStep} tokens are no multiple of "
                    + $"micro_batch_size × sequence_length × ranks = {micro}."));
        }
    }
}
