using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;
using Platform.Specs;

namespace Platform.Dashboard.Runs;

/// <summary>What stands in the form of a new run, and what is wrong with it.</summary>
public sealed class SpecForm : SpecFormFields
{
    /// <summary>Whether adapters alone train.</summary>
    public bool UseLora { get; set; }

    /// <summary>Whether new weights are trained, so that the model's shape is asked for.</summary>
    public bool IsNewModel => this["base_model"].Length == 0;

    /// <summary>The groups that are shown.</summary>
    public IEnumerable<SpecSection> Sections =>
        [
            .. IsNewModel ? [SpecSection.Model] : Array.Empty<SpecSection>(),
            .. UseLora ? [SpecSection.Lora] : Array.Empty<SpecSection>(),
            .. SpecSection.Common,
            .. Others.Settings.Count > 0 ? [Others] : Array.Empty<SpecSection>(),
        ];

    private SpecSection Others => UseLora
        ? SpecSection.Others
        : SpecSection.Others with
        {
            Settings =
            [
                .. SpecSection.Others.Settings.Where(s => !s.Path.StartsWith("lora.", StringComparison.Ordinal)),
            ],
        };

    /// <summary>All problems, each with its setting.</summary>
    public IEnumerable<string> AllProblems => Problems.Select(p => $"{p.Key}: {p.Value}").Concat(OtherProblems);

    /// <summary>Whether any problem is known.</summary>
    public bool HasProblems => Problems.Count > 0 || OtherProblems.Count > 0;

    /// <summary>Fills the form from an existing run's spec.</summary>
    /// <param name="spec">The spec.</param>
    public void Fill(RunSpec spec)
    {
        Values.Clear();
        foreach (var (path, value) in SpecPaths.Flatten(spec))
            Values[path] = value;
        UseLora = spec.Lora is not null;

        // The shape is the base's, and a spec that gives both is refused.
        if (!IsNewModel)
            Forget("model.");
    }

    /// <summary>The spec that the form asks for; fields that cannot be read get a problem.</summary>
    public RunSpec ToSpec()
    {
        ClearProblems();
        var spec = new RunSpec();
        if (UseLora)
            spec.Lora = new();
        foreach (var (path, value) in Values)
        {
            if (path.StartsWith("lora.", StringComparison.Ordinal) && !UseLora)
                continue;
            if (path.StartsWith("model.", StringComparison.Ordinal) && !IsNewModel)
                continue;
            if (SpecPaths.Set(spec, path, value) is { } problem)
                Problems[path] = problem;
        }

        return spec;
    }

    /// <summary>Takes the service's refusal apart: problems go to their fields.</summary>
    /// <param name="failure">The refusal.</param>
    public void Take(CallFailure failure)
    {
        const string Prefix = "spec.";
        var shown = Sections.SelectMany(s => s.Settings).Select(s => s.Path)
            .Concat(SpecSection.Apart).Concat(["run_id", "display_name", "tags"]).ToHashSet();
        var others = new List<string>();
        foreach (var (path, message) in failure.Fields)
        {
            var key = path.StartsWith(Prefix, StringComparison.Ordinal) ? path[Prefix.Length..] : path;
            if (shown.Contains(key))
                Problems[key] = message;
            else
                others.Add($"{path}: {message}");
        }

        if (failure.Fields.Count == 0)
            others.Add($"{failure.Message} {failure.Advice}".Trim());
        OtherProblems = others;
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
        var spec = new RunSpec();
        if (Parse(spec, yaml) is { } problem)
            return problem;

        Fill(spec);
        ClearProblems();
        return null;
    }

    private void Forget(string prefix)
    {
        foreach (var path in Values.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).ToList())
            Values.Remove(path);
    }
}
