using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>How much each axis moves the objective: its main effect.</summary>
internal static class AxisEffects
{
    /// <summary>Every axis that has at least two values tried on a data set, the greatest first.</summary>
    public static IReadOnlyList<AxisImportance> Of(SweepSpec spec, IReadOnlyList<ConfigurationResult> results)
    {
        var all = new List<AxisImportance>();
        foreach (var dataset in results.GroupBy(result => result.Dataset))
        {
            var axes = spec.Axes
                .Select(axis => Effect(spec, axis, [.. dataset]))
                .OfType<AxisImportance>()
                .ToList();
            var variances = axes.Select(axis => Variance(axis.Means)).ToList();
            var sum = variances.Sum();
            for (var i = 0; i < axes.Count; i++)
                axes[i].Share = sum > 0 ? variances[i] / sum : 0;
            all.AddRange(axes.OrderByDescending(axis => axis.Share));
        }

        return all;
    }

    private static AxisImportance? Effect(SweepSpec spec, Axis axis, IReadOnlyList<ConfigurationResult> results)
    {
        var compared = spec.Strategy == Strategy.OneAtATime ? RoundTheCenter(axis, results) : results;
        var groups = compared
            .GroupBy(result => result.Settings.Fields[axis.Setting])
            .Select(group => (
                Value: group.Key,
                Mean: group.Average(result => result.Mean),
                Results: group.AsEnumerable()))
            .OrderBy(group => group.Value.KindCase == Value.KindOneofCase.NumberValue ? group.Value.NumberValue : 0)
            .ToList();
        if (groups.Count < 2)
            return null;
        var means = groups.Select(group => group.Mean).ToList();
        var importance = new AxisImportance
        {
            Dataset = results[0].Dataset,
            Setting = axis.Setting,
            Effect = means.Max() - means.Min(),
            Monotone = IsMonotone(means),
        };
        importance.Values.AddRange(groups.Select(group => group.Value));
        importance.Means.AddRange(means);
        if (SeedBlocks.PValue(results, groups.Select(group => group.Results)) is { } probability)
            importance.PValue = probability;
        return importance;
    }

    // The first configuration is the center; all others differ from it in one setting.
    private static List<ConfigurationResult> RoundTheCenter(Axis axis, IReadOnlyList<ConfigurationResult> results)
    {
        var center = results.FirstOrDefault(result => result.Configuration == 0);
        return center is null ? [] :
        [
            .. results.Where(result => result.Settings.Fields.All(field =>
                field.Key == axis.Setting || field.Value.Equals(center.Settings.Fields[field.Key]))),
        ];
    }

    private static bool IsMonotone(List<double> means)
    {
        var steps = means.Zip(means.Skip(1), (before, after) => Math.Sign(after - before)).Distinct().ToList();
        return steps.Count == 1 && steps[0] != 0;
    }

    private static double Variance(IEnumerable<double> values)
    {
        var list = values.ToList();
        var mean = list.Average();
        return list.Average(value => (value - mean) * (value - mean));
    }
}
