namespace Platform.TrainerHost.Worker;

/// <summary>What one optimizer step came to.</summary>
/// <param name="Loss">Mean over all its predictions, in nats.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="LearningRate">The rate it used.</param>
/// <param name="Seconds">From the first batch to the updated weights.</param>
/// <param name="Spike">Why the update was left out; null where it was not.</param>
internal readonly record struct StepResult(
    double Loss, double GradientNorm, double LearningRate, double Seconds, string? Spike = null);
