using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Precision = Platform.Contracts.Trainer.V1.Precision;

namespace Platform.TrainerHost.Estimates;

/// <summary>The memory of a run, of all ranks together, in bytes.</summary>
/// <param name="Weights">fp32, and a copy in the compute type.</param>
/// <param name="Gradients">fp32.</param>
/// <param name="Moments">Two of each parameter that trains, fp32.</param>
/// <param name="Activations">What the backward pass needs of a micro-batch, and a piece of its logits.</param>
/// <param name="CheckpointCopy">What is copied while a checkpoint is written, at most.</param>
/// <param name="Processes">Programs and libraries.</param>
internal sealed record MemoryNeeds(
    long Weights, long Gradients, long Moments, long Activations, long CheckpointCopy, long Processes)
{
    /// <summary>A worker before its first tensor: .NET and libtorch's mapped files; measured.</summary>
    private const long ProcessBytes = 330L << 20;

    /// <summary>
    /// Widths of a block that stay for its backward pass: both norms' results (2), q, k and v (3), attention's result
    /// and its projection (2), the MLP's middle before and after GELU (8), its result (1), the sums (2).
    /// </summary>
    private const int WidthsOfBlock = 18;

    /// <summary>Logits at a time (ChunkedCrossEntropy), as scores, probabilities and slopes.</summary>
    private const long MostLogits = 1L << 25;
    private const int LogitCopies = 2;

    /// <summary>All of it.</summary>
    public long Total => Weights + Gradients + Moments + Activations + CheckpointCopy + Processes;

    /// <summary>What a spec takes.</summary>
    public static MemoryNeeds Of(RunSpec spec, GptConfig config, long trainable)
    {
        long ranks = spec.Ranks;
        var parameters = config.ParameterCount();
        var isBf16 = spec.Precision == Precision.Bf16;
        var numberBytes = isBf16 ? 2 : sizeof(float);
        var tokens = (long)spec.Batch.MicroBatchSize * spec.Batch.SequenceLength;
        var block = tokens * config.NEmbd * WidthsOfBlock * numberBytes;
        var blocks = spec.ActivationCheckpointing
            // Of each block its input and the sum after attention, in fp32, and what attention returned.
            ? block + (tokens * config.NEmbd * (numberBytes + (2 * sizeof(float))) * config.NLayer)
            : block * config.NLayer;
        var ends = tokens * config.NEmbd * numberBytes * 4;
        var logits = Math.Min(tokens * config.PaddedVocabSize, MostLogits) * sizeof(float) * LogitCopies;
        return new MemoryNeeds(
            ranks * parameters * (sizeof(float) + (isBf16 ? 2 : 0)),
            ranks * trainable * sizeof(float),
            ranks * trainable * 2 * sizeof(float),
            ranks * (blocks + ends + logits),
            trainable * 3 * sizeof(float),
            ranks * ProcessBytes);
    }
}
