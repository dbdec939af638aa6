using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;
using Platform.Dashboard.Runs;
using Platform.Specs;

namespace Platform.Dashboard.Sweeps;

/// <summary>What stands in the form of a new sweep, and what is wrong with it.</summary>
public sealed class SweepForm : SpecFormFields
{
    private static readonly string[] _own =
        ["strategy", "objective", "direction", "repeats", "max_trials", "max_seconds", "draw_seed", "pack",
            "halving.min_steps", "halving.reduction"];

    /// <summary>What the trials have in common.</summary>
    public SpecForm Base { get; } = new() { UseLora = true };

    /// <summary>What differs between them.</summary>
    public List<SweepAxisRow> Axes { get; } = [new()];

    /// <summary>The data sets that every trial is run on.</summary>
    public HashSet<string> Datasets { get; } = [];

    /// <summary>Whether any problem is known.</summary>
    public bool HasProblems => Problems.Count > 0 || OtherProblems.Count > 0 || Base.HasProblems
        || Axes.Any(axis => axis.Problem is not null);

    /// <summary>The spec that the form asks for; fields that cannot be read get a problem.</summary>
    public SweepSpec ToSpec()
    {
        ClearProblems();
        var spec = new SweepSpec { Base = Base.ToSpec() };
        spec.Datasets.AddRange(Datasets.Order(StringComparer.Ordinal));
        foreach (var (path, value) in Values)
        {
            if (SpecPaths.Set(spec, path, value) is { } problem)
                Problems[path] = problem;
        }

        Axes.ForEach(axis => axis.Problem = null);
        spec.Axes.AddRange(Axes.Where(axis => !axis.IsEmpty).Select(axis => axis.ToAxis()));
        return spec;
    }

    /// <summary>What the form asks for as the YAML that the command line takes.</summary>
    public string ToYaml() => SpecWriter.Write(ToSpec());

    /// <summary>Fills the form from YAML.</summary>
    /// <param name="yaml">The text.</param>
    /// <returns>
    /// What is wrong with it, with its line; null where nothing is, and only then the form is changed.
    /// </returns>
    public string? TakeYaml(string yaml)
    {
        var spec = new SweepSpec { Base = new RunSpec() };
        if (Parse(spec, yaml) is { } problem)
            return problem;

        Fill(spec);
        return null;
    }

    /// <summary>Takes the service's refusal apart: problems go to their fields.</summary>
    /// <param name="failure">The refusal.</param>
    public void Take(CallFailure failure)
    {
        const string BasePrefix = "spec.base.";
        const string AxisPrefix = "spec.axes[";
        var shown = _own.Concat(["sweep_id", "display_name", "preset", "datasets"]).ToHashSet();
        var (ofBase, others) = (new List<FieldProblem>(), new List<string>());
        foreach (var field in failure.Fields)
        {
            var key = field.Path.StartsWith("spec.", StringComparison.Ordinal)
                ? field.Path["spec.".Length..]
                : field.Path;
            if (field.Path.StartsWith(BasePrefix, StringComparison.Ordinal))
                ofBase.Add(new FieldProblem("spec." + field.Path[BasePrefix.Length..], field.Message));
            else if (field.Path.StartsWith(AxisPrefix, StringComparison.Ordinal) && RowOf(field.Path) is { } row)
                row.Problem = field.Message;
            else if (shown.Contains(key))
                Problems[key] = field.Message;
            else
                others.Add($"{field.Path}: {field.Message}");
        }

        if (ofBase.Count > 0)
            Base.Take(failure with { Fields = ofBase });
        if (failure.Fields.Count == 0)
            others.Add($"{failure.Message} {failure.Advice}".Trim());
        OtherProblems = [.. others, .. Base.OtherProblems];
    }

    private void Fill(SweepSpec spec)
    {
        Base.Fill(spec.Base ?? new RunSpec());
        Datasets.Clear();
        Datasets.UnionWith(spec.Datasets);
        Axes.Clear();
        Axes.AddRange(spec.Axes.Select(SweepAxisRow.Of));
        Values.Clear();
        foreach (var path in _own)
            Values[path] = SpecPaths.Get(spec, path);
        ClearProblems();
    }

    // The service counts the axes that were sent.
    private SweepAxisRow? RowOf(string path)
    {
        var begin = path.IndexOf('[', StringComparison.Ordinal) + 1;
        var digits = path[begin..path.IndexOf(']', StringComparison.Ordinal)];
        var sent = Axes.Where(axis => !axis.IsEmpty).ToList();
        return int.TryParse(digits, out var index) && index < sent.Count ? sent[index] : null;
    }
}
