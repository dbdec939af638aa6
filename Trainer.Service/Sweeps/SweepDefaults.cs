using Platform.Contracts.Trainer.V1;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Sweeps;

/// <summary>The ranges and defaults of SweepSpec's own fields, as sweep_service.proto tells them.</summary>
internal static class SweepDefaults
{
    private const int MaxRepeats = 100;
    private const double MaxSeconds = 1e9;
    private const int MaxPack = 64;
    private const long DefaultDrawSeed = 1337;

    /// <summary>Fills in every default; what is wrong is noted.</summary>
    public static void Complete(SweepSpec spec, Violations problems)
    {
        spec.Base ??= new RunSpec();
        spec.Strategy = Known("strategy", spec.Strategy, Strategy.Grid, problems);
        spec.Objective = Known("objective", spec.Objective, Objective.ValidationLoss, problems);
        spec.Direction = Known("direction", spec.Direction, Direction.Minimize, problems);
        spec.Repeats = spec.HasRepeats ? spec.Repeats : 1;
        spec.MaxTrials = spec.HasMaxTrials ? spec.MaxTrials : 0;
        spec.MaxSeconds = spec.HasMaxSeconds ? spec.MaxSeconds : 0;
        spec.DrawSeed = spec.HasDrawSeed ? spec.DrawSeed : DefaultDrawSeed;
        spec.Pack = spec.HasPack ? spec.Pack : 0;
        problems.Require(spec.Pack is >= 0 and <= MaxPack, "spec.pack", $"Must be 0 to {MaxPack}.");
        problems.Require(spec.Repeats is >= 1 and <= MaxRepeats, "spec.repeats", $"Must be 1 to {MaxRepeats}.");
        problems.Require(spec.MaxTrials >= 0, "spec.max_trials", "Must not be negative.");
        problems.Require(
            spec.MaxSeconds is >= 0 and <= MaxSeconds, "spec.max_seconds", "Must be 0 to 1,000,000,000.");
        problems.Require(
            spec.Strategy != Strategy.Random || spec.MaxTrials > 0, "spec.max_trials", "RANDOM needs it.");
        if (spec.Strategy == Strategy.SuccessiveHalving)
            Halving(spec, problems);
        else
            problems.Require(spec.Halving is null, "spec.halving", "Only for SUCCESSIVE_HALVING.");
    }

    private static void Halving(SweepSpec spec, Violations problems)
    {
        var steps = spec.Base.HasMaxSteps ? spec.Base.MaxSteps : Rungs.DefaultSteps;
        spec.Base.MaxSteps = steps;
        var halving = spec.Halving ??= new HalvingSpec();
        halving.Reduction = halving.HasReduction ? halving.Reduction : 3;
        problems.Require(halving.Reduction is >= 2 and <= 10, "spec.halving.reduction", "Must be 2 to 10.");
        if (halving.Reduction < 2)
            return;
        if (!halving.HasMinSteps)
            halving.MinSteps = Math.Max(1, steps / halving.Reduction / halving.Reduction);
        problems.Require(
            halving.MinSteps >= 1 && halving.MinSteps < steps,
            "spec.halving.min_steps",
            $"Must be 1 to below the base's max_steps, {steps}.");
    }

    private static T Known<T>(string field, T value, T unset, Violations problems)
        where T : struct, Enum
    {
        problems.Require(Enum.IsDefined(value), $"spec.{field}", "Not a value of this enumeration.");
        return EqualityComparer<T>.Default.Equals(value, default) ? unset : value;
    }
}
