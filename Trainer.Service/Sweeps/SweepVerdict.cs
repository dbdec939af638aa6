using System.Globalization;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>What a sweep comes to, in sentences with their numbers.</summary>
internal static class SweepVerdict
{
    private const double Significant = 0.05;

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
            var axes = dataset.Select(axis => Describe(axis, spec)).ToList();
            yield return $"On {Id(dataset.Key)} {string.Join("; ", axes)}.";
        }

        if (results.Count == 0)
            yield break;
        yield return noise is { } sd
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Seeds move the {Name(spec)} by {sd:0.0000} (standard deviation, pooled over {Repeated(results)} "
                + $"configurations of {spec.Repeats} repeats). All configurations have the same seeds; an axis counts "
                + $"as beyond noise from p < {Significant:0.##} on, by analysis of variance with the seeds as blocks.")
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

    private static string Describe(AxisImportance axis, SweepSpec spec)
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
        if (!axis.HasPValue)
            return words;
        var place = axis.PValue < Significant ? "beyond" : "within";
        var probability = axis.PValue < 0.001
            ? "p < 0.001"
            : string.Create(CultureInfo.InvariantCulture, $"p = {axis.PValue:0.000}");
        return $"{words}, {place} noise ({probability})";
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

    private static int Repeated(IEnumerable<ConfigurationResult> results) =>
        results.Count(result => result.Objectives.Count > 1);

    private static string Text(AxisImportance axis, double mean) =>
        SweepTable.Text(axis.Values[axis.Means.IndexOf(mean)]);

    private static string Name(SweepSpec spec) => spec.Objective switch
    {
        Objective.FinalLoss => "final training loss",
        Objective.BestValidationLoss => "lowest validation loss",
        _ => "validation loss",
    };

    private static string Short(string setting) => setting[(setting.LastIndexOf('.') + 1)..];

    private static string Id(string dataset) => dataset[(dataset.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
