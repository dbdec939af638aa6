namespace Platform.TrainerHost.Sweeps;

/// <summary>
/// Whether an axis moves the objective further than seeds alone would: analysis of variance with the seeds as blocks.
/// Every configuration has the same seeds, so what a seed does to all of them alike tells none of them apart.
/// </summary>
internal static class SeedBlocks
{
    /// <summary>
    /// The probability that the means of an axis' values differ so much by chance; null without repeats. Configurations
    /// that lack a repeat do not count.
    /// </summary>
    /// <param name="all">Every configuration on the data set: what is left of them is chance.</param>
    /// <param name="values">The configurations of each value of the axis.</param>
    public static double? PValue(
        IReadOnlyList<ConfigurationResult> all, IEnumerable<IEnumerable<ConfigurationResult>> values)
    {
        var repeats = all.Max(result => result.Objectives.Count);
        var blocks = all.Where(result => result.Objectives.Count == repeats).ToList();
        var groups = values
            .Select(group => group.Where(blocks.Contains).Select(result => result.Mean).ToList())
            .Where(group => group.Count > 0)
            .ToList();
        if (repeats < 2 || groups.Count < 2)
            return null;
        var middle = groups.SelectMany(group => group).Average();
        var between = repeats * groups.Sum(group => group.Count * Square(group.Average() - middle));
        var (chance, freedom) = Chance(blocks, repeats);
        var ratio = between / (groups.Count - 1) / (chance / freedom);
        return between == 0 ? 1 : FDistribution.UpperTail(ratio, groups.Count - 1, freedom);
    }

    // The sum of squares that neither the configuration nor the seed accounts for, and its degrees of freedom.
    private static (double SumOfSquares, int Freedom) Chance(List<ConfigurationResult> blocks, int repeats)
    {
        var middle = blocks.Average(result => result.Mean);
        var seeds = Enumerable.Range(0, repeats).Select(r => blocks.Average(result => result.Objectives[r])).ToList();
        var sum = blocks.Sum(result =>
            result.Objectives.Select((value, r) => Square(value - result.Mean - seeds[r] + middle)).Sum());
        return (sum, (blocks.Count - 1) * (repeats - 1));
    }

    private static double Square(double value) => value * value;
}
