namespace Platform.Modeling;

/// <summary>Linear warm-up, then a decay to a floor: build-nanogpt's formula.</summary>
/// <param name="MaxRate">The rate at the end of the warm-up.</param>
/// <param name="MinRate">The floor; not used by <see cref="Decay.Constant"/>.</param>
/// <param name="WarmupSteps">Steps from near 0 to the maximum; 0 for none.</param>
/// <param name="MaxSteps">The step at which the floor is reached.</param>
/// <param name="Shape">Between the two.</param>
public sealed record LearningRateSchedule(
    double MaxRate, double MinRate, int WarmupSteps, int MaxSteps, Decay Shape = Decay.Cosine)
{
    /// <summary>The rate of an update.</summary>
    /// <param name="step">Counted from 0.</param>
    public double At(int step)
    {
        if (step < WarmupSteps)
            return MaxRate * (step + 1) / WarmupSteps;
        if (Shape == Decay.Constant)
            return MaxRate;
        if (step > MaxSteps || MaxSteps <= WarmupSteps)
            return MinRate;
        var progress = (double)(step - WarmupSteps) / (MaxSteps - WarmupSteps);
        var weight = Shape == Decay.Cosine ? 0.5 * (1 + Math.Cos(Math.PI * progress)) : 1 - progress;
        return MinRate + (weight * (MaxRate - MinRate));
    }
}
