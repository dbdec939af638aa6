using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Comparison;

/// <summary>One setting of several runs.</summary>
/// <param name="Path">Its path in RunSpec.</param>
/// <param name="Values">Each run's value as text; empty where it is not set.</param>
public sealed record SettingDifference(string Path, IReadOnlyList<string> Values)
{
    /// <summary>Whether not all runs have the same value.</summary>
    public bool Differs => Values.Distinct().Count() > 1;

    /// <summary>Every setting that any of the runs has, in the proto's order.</summary>
    /// <param name="specs">What the runs were told.</param>
    public static IReadOnlyList<SettingDifference> Of(IReadOnlyList<RunSpec> specs)
    {
        var tables = specs.Select(s => SpecPaths.Flatten(s).ToDictionary(p => p.Key, p => p.Value)).ToList();
        var paths = new List<string>();
        foreach (var table in tables)
        {
            // A path that only later runs have goes behind the one that it follows there.
            var at = 0;
            foreach (var path in table.Keys)
            {
                var place = paths.IndexOf(path);
                if (place < 0)
                    paths.Insert(place = at, path);
                at = place + 1;
            }
        }

        return [.. paths.Select(p => new SettingDifference(p, [.. tables.Select(t => t.GetValueOrDefault(p, ""))]))];
    }
}
