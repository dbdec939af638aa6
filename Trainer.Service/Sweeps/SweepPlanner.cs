using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workspaces.Errors;
using Enum = System.Enum;

namespace Platform.TrainerHost.Sweeps;

/// <summary>Checks a sweep's spec and lays out its trials.</summary>
internal sealed class SweepPlanner(RunCreation creation)
{
    private const int MaxAxes = 16;
    private const int MaxValues = 1000;
    private const int MaxTrials = 10_000;
    private const int MaxDatasets = 100;

    /// <summary>Problems told at most; ten thousand trials may share one mistake.</summary>
    private const int MaxProblems = 50;

    /// <summary>A sweep's spec with its defaults and its trials; what is wrong is noted.</summary>
    public (SweepSpec Spec, IReadOnlyList<TrialPlan> Trials) Plan(string id, SweepSpec given, Violations problems)
    {
        var spec = given.Clone();
        spec.Base ??= new RunSpec();
        spec.Strategy = spec.Strategy == Strategy.Unspecified ? Strategy.Grid : spec.Strategy;
        spec.Objective = spec.Objective == Objective.Unspecified ? Objective.ValidationLoss : spec.Objective;
        problems.Require(Enum.IsDefined(spec.Strategy), "spec.strategy", "Not a value of this enumeration.");
        problems.Require(Enum.IsDefined(spec.Objective), "spec.objective", "Not a value of this enumeration.");
        if (spec.Datasets.Count == 0 && spec.Base.Dataset.Length > 0)
            spec.Datasets.Add(spec.Base.Dataset);
        problems.Require(
            spec.Datasets.Count is >= 1 and <= MaxDatasets,
            "spec.datasets",
            $"1 to {MaxDatasets} data sets, here or as base.dataset.");
        problems.Require(
            spec.Datasets.Distinct().Count() == spec.Datasets.Count, "spec.datasets", "A data set stands here twice.");
        var settings = Settings(spec, problems);
        var combinations = spec.Axes.Aggregate(1L, (product, axis) => Math.Min(product * axis.Values.Count, 1L << 40));
        var count = combinations * spec.Datasets.Count;
        problems.Require(
            count <= MaxTrials,
            "spec.axes",
            string.Create(CultureInfo.InvariantCulture, $"{count:#,0} trials; at most {MaxTrials:#,0}."));
        if (!problems.IsEmpty)
            return (spec, []);
        PinBase(spec, problems);
        var trials = LayOut(id, spec, combinations);
        Check(spec, settings, trials, problems);
        if (problems.IsEmpty && spec.Objective == Objective.ValidationLoss)
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
            problems.Require(
                axis.Values.Count is >= 1 and <= MaxValues, $"spec.axes[{i}].values", $"1 to {MaxValues} values.");
            if (SettingPath.TryParse(axis.Setting, out var problem) is not { } setting)
            {
                problems.Add($"spec.axes[{i}].setting", problem);
                continue;
            }

            settings.Add(setting);
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

    private static List<TrialPlan> LayOut(string id, SweepSpec spec, long combinations)
    {
        var trials = new List<TrialPlan>();
        for (var i = 0L; i < combinations; i++)
        {
            var settings = new Struct();
            var rest = i;
            // The last axis changes fastest.
            for (var a = spec.Axes.Count - 1; a >= 0; a--)
            {
                var axis = spec.Axes[a];
                settings.Fields[axis.Setting] = axis.Values[(int)(rest % axis.Values.Count)];
                rest /= axis.Values.Count;
            }

            foreach (var dataset in spec.Datasets)
            {
                var number = trials.Count + 1;
                trials.Add(new TrialPlan(number, $"{id}-{number}", dataset, settings));
            }
        }

        return trials;
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
        return $"spec.axes[{axis}].values[{value}]";
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
                $"VALIDATION_LOSS needs validation, which is off for {trial.Dataset}; "
                + "FINAL_LOSS takes the training loss.");
        }
    }
}
