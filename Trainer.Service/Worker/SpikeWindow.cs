using System.Globalization;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// Losses and gradient norms of the last steps, and how far a new one lies from them. A spike becomes part of the
/// window like any other, so that a lasting change is no spike for ever (llm.c, outlier_detector.h).
/// </summary>
internal sealed class SpikeWindow
{
    /// <summary>Losses, oldest first.</summary>
    public List<double> Losses { get; init; } = [];

    /// <summary>Gradient norms before clipping, oldest first.</summary>
    public List<double> Norms { get; init; } = [];

    /// <summary>Takes a step in.</summary>
    /// <returns>Why its update is to be left out; null where it is not.</returns>
    public string? Observe(double loss, double norm, SpikeLimits limits)
    {
        if (!limits.IsOn)
            return null;
        var lossZ = Push(Losses, loss, limits.Window);
        var normZ = Push(Norms, norm, limits.Window);
        var reasons = new List<string>();
        if (limits.LossZ > 0 && lossZ > limits.LossZ)
            reasons.Add(Describe("loss", loss, lossZ));
        if (limits.GradientZ > 0 && normZ > limits.GradientZ)
            reasons.Add(Describe("gradients' norm", norm, normZ));
        return reasons.Count > 0 ? string.Join(" and ", reasons) : null;
    }

    /// <summary>The z-score of a value among those before it; NaN until the window is full.</summary>
    private static double Push(List<double> window, double value, int size)
    {
        var z = double.NaN;
        if (window.Count >= size)
        {
            var mean = window.Average();
            var deviation = Math.Sqrt(window.Average(item => (item - mean) * (item - mean)));
            z = (value - mean) / deviation;
            window.RemoveRange(0, window.Count - size + 1);
        }

        window.Add(value);
        return z;
    }

    private static string Describe(string what, double value, double z) => string.Create(
        CultureInfo.InvariantCulture, $"the {what} of {value:G6} lies {z:F1} standard deviations above the last ones");
}
