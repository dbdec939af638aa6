using System.Diagnostics;

namespace Platform.Benchmarks;

/// <summary>Figures of several measurements.</summary>
internal static class Statistics
{
    /// <summary>The median of the seconds that some work takes, after once that does not count.</summary>
    public static double MedianSeconds(int repetitions, Action work)
    {
        work();
        var seconds = new List<double>();
        for (var i = 0; i < Math.Max(1, repetitions); i++)
        {
            var begin = Stopwatch.GetTimestamp();
            work();
            seconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return Median(seconds);
    }

    public static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1
            ? sorted[sorted.Count / 2]
            : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>The smallest value that the share of all does not exceed.</summary>
    public static double Quantile(IReadOnlyList<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
    }
}
