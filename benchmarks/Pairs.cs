namespace Platform.Benchmarks;

/// <summary>Measures several ways of doing the same work in turn, so that a machine that others use too slows all of
/// them alike, and compares each with the first by the median of the rounds' ratios.</summary>
internal static class Pairs
{
    /// <summary>Medians of all works and ratios to the first.</summary>
    /// <param name="works">Each does its work once and answers the seconds; the first is ours.</param>
    /// <param name="repeat">Rounds, after one that does not count.</param>
    /// <param name="settings">What was measured.</param>
    /// <param name="figure">From seconds to the figure.</param>
    /// <param name="unit">The figure's unit.</param>
    public static IEnumerable<Measurement> Measure(
        IReadOnlyDictionary<string, Func<double>> works, int repeat, Dictionary<string, object> settings,
        Func<double, double> figure, string unit)
    {
        var seconds = works.ToDictionary(work => work.Key, _ => new List<double>());
        for (var round = 0; round <= repeat; round++)
        {
            foreach (var (name, work) in works)
            {
                var taken = work();
                if (round > 0 || repeat == 0)
                    seconds[name].Add(taken);
            }
        }

        var ours = seconds.First();
        var ratios = seconds.ToDictionary(
            work => work.Key,
            work => Statistics.Median([.. work.Value.Zip(ours.Value, (theirs, mine) => theirs / mine)]));
        foreach (var (name, taken) in seconds)
        {
            yield return new Measurement(name, Math.Round(figure(Statistics.Median(taken)), 4), unit, settings);
            if (name != ours.Key)
            {
                yield return new Measurement(
                    $"seconds of {name} / seconds of {ours.Key}", Math.Round(ratios[name], 3), "1", settings);
            }
        }
    }
}
