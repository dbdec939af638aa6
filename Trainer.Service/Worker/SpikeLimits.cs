namespace Platform.TrainerHost.Worker;

/// <summary>When an update is left out, by llm.c's z-scores.</summary>
/// <param name="LossZ">Standard deviations above the mean of the last losses; 0: never.</param>
/// <param name="GradientZ">Likewise of the gradients' norms; 0: never.</param>
/// <param name="Window">How many last steps.</param>
internal sealed record SpikeLimits(double LossZ, double GradientZ, int Window)
{
    /// <summary>No update is left out.</summary>
    public static SpikeLimits Off { get; } = new(0, 0, 2);

    /// <summary>Whether any is.</summary>
    public bool IsOn => LossZ > 0 || GradientZ > 0;
}
