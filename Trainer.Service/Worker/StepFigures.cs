using System.Diagnostics;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.TrainerHost.Worker.Checkpoints;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>The figures of a step that are not the step's own.</summary>
/// <param name="memory">This process's memory.</param>
/// <param name="flopsPerToken">What a token takes: <see cref="FlopsPerToken"/>.</param>
/// <param name="peakFlops">What all ranks together can do in a second.</param>
internal sealed class StepFigures(ResidentMemory memory, double flopsPerToken, double peakFlops)
{
    private const int PeakSide = 1024;

    // Shorter ones fell into a moment in which another process had the cores, and all steps had an MFU above 1.
    private static readonly TimeSpan s_peakTime = TimeSpan.FromMilliseconds(150);

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

    /// <summary>The best of the square products of a moment, in floating-point operations a second.</summary>
    public static double MeasurePeak(Device device, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var a = ones(PeakSide, PeakSide, device: device).to(type);
        var best = double.MaxValue;
        var start = Stopwatch.GetTimestamp();
        // At least two: the first one finds its kernel.
        for (var i = 0; i < 2 || Stopwatch.GetElapsedTime(start) < s_peakTime; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            using var product = a.matmul(a);
            _ = product.narrow(0, 0, 1).narrow(1, 0, 1).to(ScalarType.Float32).item<float>(); // Waits for a card.
            if (i > 0)
                best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return 2.0 * PeakSide * PeakSide * PeakSide / best;
    }

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
            Mfu = tokensPerSecond * flopsPerToken / peakFlops,
            MemoryBytes = memory.ReadIfDue(),
            CheckpointPauseSeconds = checkpoints?.TakePause(),
            SkippedUpdates = result.Spike is null ? null : state.SkippedUpdates + 1,
        };
    }
}
