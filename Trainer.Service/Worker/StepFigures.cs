using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.TrainerHost.Worker.Checkpoints;

namespace Platform.TrainerHost.Worker;

/// <summary>The figures of a step that are not the step's own.</summary>
/// <param name="memory">This process's memory.</param>
/// <param name="flopsPerToken">What a token takes: <see cref="FlopsPerToken"/>.</param>
/// <param name="peak">What all ranks together can do in a second.</param>
internal sealed class StepFigures(ResidentMemory memory, double flopsPerToken, PeakFlops peak)
{
    /// <summary>
    /// Floating-point operations of a token's forward and backward pass: 6 N + 12 L C T (nanoGPT's estimate, after
    /// PaLM's appendix B), N without position embeddings. Weights that are frozen need no gradient of their own: 4.
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="sequence">T: tokens of a sequence.</param>
    /// <param name="trainable">Parameters that train; all of the model's, or an adapter's.</param>
    public static double FlopsPerToken(GptConfig config, int sequence, long trainable)
    {
        var parameters = config.ParameterCount() - ((long)config.BlockSize * config.NEmbd);
        var weights = trainable >= parameters ? 6.0 * parameters : (4.0 * parameters) + (6.0 * trainable);
        return weights + (12.0 * config.NLayer * config.NEmbd * sequence);
    }

    /// <summary>Floating-point operations of a step, on all ranks.</summary>
    public static double FlopsPerStep(GptConfig config, RunSpec spec, long trainable) =>
        FlopsPerToken(config, spec.Batch.SequenceLength, trainable) * spec.Batch.TokensPerStep;

    /// <summary>The line of a step.</summary>
    public MetricRecord Of(TrainingPlan plan, TrainerState state, StepResult result, CheckpointWriter? checkpoints)
    {
        var tokensPerSecond = plan.TokensPerStep / result.Seconds;
        return new MetricRecord
        {
            Step = state.Step,
            Tokens = state.Tokens,
            TrainLoss = result.Loss,
            LearningRate = result.LearningRate,
            GradientNorm = result.GradientNorm,
            StepSeconds = result.Seconds,
            TokensPerSecond = tokensPerSecond,
            Mfu = peak.ShareOf(tokensPerSecond * flopsPerToken),
            MemoryBytes = memory.ReadIfDue(),
            CheckpointPauseSeconds = checkpoints?.TakePause(),
            SkippedUpdates = result.Spike is null ? null : state.SkippedUpdates + 1,
        };
    }
}
