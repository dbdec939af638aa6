using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.TrainerHost.Worker;

namespace Platform.TrainerHost.Estimates;

/// <summary>What a step computes.</summary>
/// <param name="Spec">The run's spec, complete.</param>
/// <param name="Config">The model's shape.</param>
/// <param name="Trainable">Parameters that train.</param>
internal sealed record StepWork(RunSpec Spec, GptConfig Config, long Trainable)
{
    /// <summary>Floating-point operations of a step, on all ranks.</summary>
    public double Flops => StepFigures.FlopsPerStep(Config, Spec, Trainable);

    /// <summary>Micro-batches of a step on each rank.</summary>
    public int MicroBatches => (int)Math.Max(
        1,
        Spec.Batch.TokensPerStep / ((long)Spec.Batch.MicroBatchSize * Spec.Batch.SequenceLength * Spec.Ranks));
}
