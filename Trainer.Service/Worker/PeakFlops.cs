using System.Globalization;
using Platform.Modeling;
using Platform.TrainerHost.Worker.Ranks;
using Platform.Workspaces;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// What this machine can do in a second at its best, as far as it was ever seen. A measurement falls short while others
/// use the machine, so the best one is kept from run to run; and a training that is faster shows that it was too low.
/// </summary>
/// <param name="path">Where the best is kept.</param>
/// <param name="measure">Measures it, in floating-point operations a second.</param>
/// <param name="time">The clock.</param>
internal sealed class PeakFlops(string path, Func<double> measure, TimeProvider time)
{
    /// <summary>No training stands still for measurements more often than that.</summary>
    public static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(10);

    // Hardly a training comes that near: the peak is likely too low.
    private const double Doubtful = 0.9;
    private const int MostMeasurements = 5;

    private long _measured;
    private int _measurements;

    /// <summary>The best so far; 0 before <see cref="Begin"/>.</summary>
    public double Value { get; private set; }

    /// <summary>The peak of all ranks together, measured on each one's device.</summary>
    /// <param name="root">The data root, where the best is kept.</param>
    /// <param name="device">This rank's.</param>
    /// <param name="type">What is multiplied.</param>
    /// <param name="ranks">All of them.</param>
    /// <param name="time">The clock.</param>
    public static PeakFlops Of(DataRoot root, Device device, ScalarType type, RankGroup ranks, TimeProvider time)
    {
        double[] measured = [ProductPeak.Measure(device, type)];
        ranks.Sum(measured);
        var peak = new PeakFlops(
            FileOf(root, $"{device}-{type}-{ComputeDevice.Threads}x{ranks.World}"),
            () => ranks.World * ProductPeak.Measure(device, type),
            time);
        peak.Begin(measured[0]);
        return peak;
    }

    /// <summary>The file of a kind of work: one for each machine that shares the data root.</summary>
    /// <param name="root">The data root.</param>
    /// <param name="kind">What the peak depends on, such as device, numbers and threads.</param>
    public static string FileOf(DataRoot root, string kind)
    {
        var name = string.Concat($"{Environment.MachineName}-{kind}".Select(
            c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '_'));
        return Path.Combine(root.StateDir, "peaks", name + ".txt");
    }

    /// <summary>Takes a first measurement into account, and what was kept.</summary>
    /// <param name="measured">The measurement, of all ranks together.</param>
    public void Begin(double measured)
    {
        _measured = time.GetTimestamp();
        Value = Math.Max(measured, ReadKept());
        if (Value == measured)
            Keep();
    }

    /// <summary>The share of the peak that a step has reached, 1 at most.</summary>
    /// <param name="flopsPerSecond">What the step did in a second.</param>
    public double ShareOf(double flopsPerSecond)
    {
        if (flopsPerSecond > Doubtful * Value && _measurements < MostMeasurements
            && time.GetElapsedTime(_measured) >= LeastInterval)
        {
            Raise(measure());
            (_measured, _measurements) = (time.GetTimestamp(), _measurements + 1);
        }

        // What was measured is less than the machine can do, then.
        Raise(flopsPerSecond);
        return flopsPerSecond / Value;
    }

    private void Raise(double value)
    {
        if (!(value > Value) || !double.IsFinite(value))
            return;
        Value = value;
        Keep();
    }

    private double ReadKept()
    {
        try
        {
            var text = File.ReadAllText(path);
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var kept)
                && double.IsFinite(kept) ? kept : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // Nothing was kept.
        }
    }

    private void Keep()
    {
        try
        {
            AtomicFile.WriteText(path, Value.ToString("R", CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next run measures for itself.
        }
    }
}
