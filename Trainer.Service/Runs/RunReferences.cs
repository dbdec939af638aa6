using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>Looks data sets and base models up, each one once: ten thousand trials name the same few.</summary>
internal sealed class RunReferences(DataRoot root, BaseModelResolver bases)
{
    private readonly Dictionary<string, (DatasetFacts? Facts, Violations Problems)> _datasets = [];
    private readonly Dictionary<string, (BaseModelFacts? Facts, Violations Problems)> _bases = [];

    /// <summary>A data set's facts; null where there is a problem, which is noted.</summary>
    public DatasetFacts? Dataset(string reference, string field, Violations problems) =>
        Find(_datasets, reference, field, problems, found => DatasetFacts.Find(root, reference, field, found));

    /// <summary>A base model's facts; null where there is a problem, which is noted.</summary>
    public BaseModelFacts? BaseModel(string reference, string field, Violations problems) =>
        Find(_bases, reference, field, problems, found => bases.Resolve(reference, field, found));

    private static T? Find<T>(
        Dictionary<string, (T? Facts, Violations Problems)> known,
        string reference,
        string field,
        Violations problems,
        Func<Violations, T?> find)
        where T : class
    {
        if (!known.TryGetValue(reference, out var result))
        {
            var found = new Violations();
            known[reference] = result = (find(found), found);
        }

        foreach (var problem in result.Problems.All)
            problems.Add(field, problem.Description);
        return result.Facts;
    }
}
