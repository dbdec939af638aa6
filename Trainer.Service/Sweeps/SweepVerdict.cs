using System.Globalization;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>What a sweep comes to, in sentences with their numbers.</summary>
internal static class SweepVerdict
{
    /// <summary>A sentence for each finding; none while nothing can be said.</summary>
    public static IEnumerable<string> Of(
        SweepSpec spec,
        IReadOnlyList<ConfigurationResult> results,
        IReadOnlyList<AxisImportance> importance,
        IReadOnlyList<BestTrial> best)
    {
        var noise = SweepResults.Noise(results);
        foreach (var dataset in importance.GroupBy(axis => axis.Dataset))
        {
            var axes = dataset.Select(axis => Describe(axis, spec, noise)).ToList();
            yield return $"On {Id(dataset.Key)} {string.Join("; ", axes)}.";
        }

        if (results.Count == 0)
            yield break;
        yield return noise is { } sd
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Seeds move the {Name(spec)} by {sd:0.0000} (standard deviation, pooled over {Repeated(results)} "
                + $"configurations of {spec.Repeats} repeats); two means differ beyond that from "
                + $"{Threshold(sd, spec.Repeats):0.0000} on (2 standard errors).")
            : "How far seeds alone move it was not measured: there are no repeats.";
        foreach (var sentence in Winners(spec, best))
            yield return sentence;
        if (Confounded(spec))
        {
            yield return "Rank changes the scale alpha/rank too, and alpha acts like a learning rate on the adapter: "
                + "with one factor at a time neither is told apart from them. A grid of rank × alpha × "
                + "learning_rate, or rslora, would.";
        }
    }

    private static string Describe(AxisImportance axis, SweepSpec spec, double? noise)
    {
        var low = axis.Means.Min();
        var high = axis.Means.Max();
        var course = axis.Monotone
            ? $"{(axis.Means[0] > axis.Means[^1] ? "falling" : "rising")} with every value"
            : "up and down";
        var words = string.Create(
            CultureInfo.InvariantCulture,
            $"{Short(axis.Setting)} moves the {Name(spec)} by {axis.Effect:0.0000} "
            + $"({low:0.0000} at {Text(axis, low)}, {high:0.0000} at {Text(axis, high)}, {course})");
        if (noise is not { } sd)
            return words;
        return axis.Effect > Threshold(sd, spec.Repeats) ? $"{words}, beyond noise" : $"{words}, within noise";
    }

    private static IEnumerable<string> Winners(SweepSpec spec, IReadOnlyList<BestTrial> best)
    {
        var each = best.Where(winner => winner.Dataset.Length > 0).ToList();
        foreach (var winner in each)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Best on {Id(winner.Dataset)}: {SweepTable.Describe(winner.Settings)} at {winner.Objective:0.0000}.");
        }

        if (each.Count < 2)
            yield break;
        var same = each.Skip(1).All(winner => winner.Settings.Equals(each[0].Settings));
        var differing = spec.Axes
            .Where(axis => each.Select(w => w.Settings.Fields.GetValueOrDefault(axis.Setting)).Distinct().Count() > 1)
            .Select(axis => Short(axis.Setting));
        yield return same
            ? $"The same configuration is best on {(each.Count == 2 ? "both" : $"all {each.Count}")} data sets."
            : $"The best configurations of the data sets differ in {string.Join(", ", differing)}.";
    }

    private static bool Confounded(SweepSpec spec) => spec.Strategy == Strategy.OneAtATime
        && spec.Axes.Any(axis => axis.Setting == "lora.rank") && spec.Axes.Any(axis => axis.Setting == "lora.alpha");

    private static double Threshold(double deviation, int repeats) => 2 * deviation * Math.Sqrt(2.0 / repeats);

    private static int Repeated(IEnumerable<ConfigurationResult> results) =>
        results.Count(result => result.Objectives.Count > 1);

    private static string Text(AxisImportance axis, double mean) => SweepTable.Text(axis.Values[axis.Means.IndexOf(mean)]);

    private static string Name(SweepSpec spec) => spec.Objective switch
    {
        Objective.FinalLoss => "final training loss",
        Objective.BestValidationLoss => "lowest validation loss",
        _ => "validation loss",
    };

    private static string Short(string setting) => setting[(setting.LastIndexOf('.') + 1)..];

    private static string Id(string dataset) => dataset[(dataset.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
