using System.Globalization;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Sweeps;

/// <summary>Checks a sweep's spec and lays out its trials.</summary>
internal sealed class SweepPlanner(RunCreation creation)
{
    private const int MaxAxes = 16;
    private const int MaxValues = 1000;
    private const int MaxTrials = 10_000;
    private const int MaxDatasets = 100;
    private const long DefaultSeed = 1337;

    /// <summary>Problems told at most; ten thousand trials may share one mistake.</summary>
    private const int MaxProblems = 50;

    /// <summary>A sweep's spec with its defaults and its trials; what is wrong is noted.</summary>
    public (SweepSpec Spec, IReadOnlyList<TrialPlan> Trials) Plan(
        string id, SweepSpec given, string preset, Violations problems)
    {
        var spec = given.Clone();
        SweepPresets.Apply(preset, spec, problems);
        SweepDefaults.Complete(spec, problems);
        if (spec.Datasets.Count == 0 && spec.Base.Dataset.Length > 0)
            spec.Datasets.Add(spec.Base.Dataset);
        problems.Require(
            spec.Datasets.Count is >= 1 and <= MaxDatasets,
            "spec.datasets",
            $"1 to {MaxDatasets} data sets, here or as base.dataset.");
        problems.Require(
            spec.Datasets.Distinct().Count() == spec.Datasets.Count, "spec.datasets", "A data set stands here twice.");
        var settings = Settings(spec, problems);
        if (!problems.IsEmpty)
            return (spec, []);
        var layout = new TrialLayout(spec, settings);
        var count = layout.Count();
        problems.Require(
            count <= MaxTrials,
            "spec.axes",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{count:#,0} trials; at most {MaxTrials:#,0}. Give fewer values, or max_trials."));
        if (!problems.IsEmpty)
            return (spec, []);
        PinBase(spec, problems);
        var trials = layout.LayOut(id, Baseline(spec, problems));
        if (!problems.IsEmpty)
            return (spec, []);
        Check(spec, settings, trials, problems);
        if (problems.IsEmpty && spec.Objective != Objective.FinalLoss)
            CheckObjective(spec, trials, problems);
        return (spec, trials);
    }

    /// <summary>The spec of one trial's run, not completed.</summary>
    public static RunSpec SpecOf(SweepSpec sweep, TrialPlan trial)
    {
        var spec = sweep.Base.Clone();
        spec.Dataset = trial.Dataset;
        foreach (var axis in sweep.Axes)
            SettingPath.TryParse(axis.Setting, out _)?.TrySet(spec, trial.Settings.Fields[axis.Setting]);
        if (trial.Repeat > 1)
            spec.Seed = (spec.HasSeed ? spec.Seed : DefaultSeed) + trial.Repeat - 1;
        if (sweep.Strategy == Strategy.SuccessiveHalving)
        {
            var whole = spec.MaxSteps;
            spec.Optimizer ??= new OptimizerSpec();
            spec.Optimizer.ScheduleSteps = whole;
            spec.MaxSteps = Rungs.Steps(sweep)[0];
        }

        return spec;
    }

    private static List<SettingPath> Settings(SweepSpec spec, Violations problems)
    {
        var settings = new List<SettingPath>();
        problems.Require(spec.Axes.Count is >= 1 and <= MaxAxes, "spec.axes", $"1 to {MaxAxes} axes.");
        for (var i = 0; i < spec.Axes.Count; i++)
        {
            var axis = spec.Axes[i];
            if (spec.Axes.Take(i).Any(other => other.Setting == axis.Setting))
                problems.Add($"spec.axes[{i}].setting", $"'{axis.Setting}' is an axis already.");
            if (SettingPath.TryParse(axis.Setting, out var problem) is not { } setting)
            {
                problems.Add($"spec.axes[{i}].setting", problem);
                continue;
            }

            settings.Add(setting);
            CheckValues(spec, i, setting, problems);
            for (var j = 0; j < axis.Values.Count; j++)
            {
                if (setting.TrySet(new RunSpec(), axis.Values[j]) is { } wrong)
                    problems.Add($"spec.axes[{i}].values[{j}]", wrong);
                else if (axis.Values.Take(j).Contains(axis.Values[j]))
                    problems.Add($"spec.axes[{i}].values[{j}]", "This value stands here twice.");
            }
        }

        return settings;
    }

    private static void CheckValues(SweepSpec spec, int i, SettingPath setting, Violations problems)
    {
        var (axis, field) = (spec.Axes[i], $"spec.axes[{i}]");
        problems.Require(
            spec.Repeats == 1 || setting.Text != "seed",
            $"{field}.setting",
            "Repeats have seeds of their own; drop this axis or the repeats.");
        problems.Require(
            spec.Strategy != Strategy.SuccessiveHalving
                || setting.Text is not ("max_steps" or "optimizer.schedule_steps"),
            $"{field}.setting",
            "Successive halving decides how many steps a trial gets.");
        if (axis.Range is not { } range)
        {
            problems.Require(
                axis.Values.Count is >= 1 and <= MaxValues, $"{field}.values", $"1 to {MaxValues} values.");
            return;
        }

        problems.Require(axis.Values.Count == 0, field, "Give values or a range, not both.");
        problems.Require(
            spec.Strategy is Strategy.Random or Strategy.SuccessiveHalving && spec.MaxTrials > 0,
            $"{field}.range",
            "Only drawn trials (RANDOM, or SUCCESSIVE_HALVING with max_trials) take ranges.");
        problems.Require(setting.IsNumber, $"{field}.range", $"{setting.Text} takes no number.");
        problems.Require(range.Max > range.Min, $"{field}.range.max", "Must be above min.");
        problems.Require(!range.Log || range.Min > 0, $"{field}.range.min", "Must be above 0 with log.");
        problems.Require(
            double.IsFinite(range.Min) && double.IsFinite(range.Max), $"{field}.range", "Must be finite numbers.");
    }

    // What the base is without any axis; its own problems are told with the trials'.
    private RunSpec Baseline(SweepSpec spec, Violations problems)
    {
        var alone = spec.Base.Clone();
        alone.Dataset = spec.Datasets[0];
        var found = new Violations();
        var (complete, _) = creation.Complete(alone, "spec.base.", found);
        // Only where the baseline is itself a trial's may its problems be told here; else an axis may mend them.
        if (spec.Strategy == Strategy.OneAtATime)
        {
            foreach (var violation in found.All)
            {
                var shown = violation.Field == "spec.base.dataset" ? "spec.datasets[0]" : violation.Field;
                problems.Add(shown, violation.Description);
            }
        }

        return complete;
    }

    // A later checkpoint of the base must not change what later trials start from.
    private void PinBase(SweepSpec spec, Violations problems)
    {
        if (spec.Base.BaseModel.Length == 0)
            return;
        var ignored = new Violations();
        var (_, source) = creation.Complete(spec.Base, "spec.base.", ignored);
        if (source.Name is { } name)
            spec.Base.BaseModel = name;
        else if (ignored.IsEmpty)
            problems.Add("spec.base.base_model", "It cannot be found.");
    }

    // Each trial's spec as a run's: what depends on several axes shows only so.
    private void Check(
        SweepSpec spec, List<SettingPath> settings, IReadOnlyList<TrialPlan> trials, Violations problems)
    {
        var references = creation.NewReferences();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var trial in trials)
        {
            var found = new Violations();
            creation.Complete(SpecOf(spec, trial), "", found, references);
            foreach (var violation in found.All)
            {
                var field = FieldOf(violation.Field, spec, settings, trial);
                if (told.Count < MaxProblems && seen.Add(field + violation.Description) && told.Add(field))
                    problems.Add(field, violation.Description);
            }
        }
    }

    private static string FieldOf(string field, SweepSpec spec, List<SettingPath> settings, TrialPlan trial)
    {
        if (field == "dataset")
            return $"spec.datasets[{spec.Datasets.IndexOf(trial.Dataset)}]";
        var axis = settings.FindIndex(setting => setting.Text == field);
        if (axis < 0)
            return "spec.base." + field;
        var value = spec.Axes[axis].Values.IndexOf(trial.Settings.Fields[field]);
        if (spec.Axes[axis].Range is not null)
            return $"spec.axes[{axis}].range";
        return value < 0 ? "spec.base." + field : $"spec.axes[{axis}].values[{value}]";
    }

    private void CheckObjective(SweepSpec spec, IReadOnlyList<TrialPlan> trials, Violations problems)
    {
        var ignored = new Violations();
        foreach (var trial in trials.DistinctBy(trial => trial.Dataset))
        {
            var (complete, _) = creation.Complete(SpecOf(spec, trial), "", ignored);
            problems.Require(
                complete.Evaluation.ValidationInterval > 0,
                "spec.objective",
                $"A validation loss needs validation, which is off for {trial.Dataset}; "
                + "FINAL_LOSS takes the training loss.");
        }
    }
}
