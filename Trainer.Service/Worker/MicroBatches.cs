using Platform.Datasets.Batches;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// The micro-batches of a step: how many sequences at once, how many times, and from where. All but the places to read
/// from can change under way, when memory runs out.
/// </summary>
/// <param name="plan">What a step takes.</param>
/// <param name="data">Where it comes from.</param>
/// <param name="place">This rank's share: rank and world.</param>
/// <param name="device">Where batches are wanted.</param>
internal sealed class MicroBatches(
    TrainingPlan plan, RunDataset data, (int Rank, int World) place, Device device) : IDisposable
{
    private TokenBatch? _batch;
    private IBatchLoader? _loader;

    /// <summary>B: sequences computed at once.</summary>
    public int Rows { get; private set; }

    /// <summary>Micro-batches of a step on each rank.</summary>
    public int Count { get; private set; }

    /// <summary>Where the loader stands.</summary>
    public BatchPosition Position => _loader!.Position;

    /// <summary>Begins, or goes on with another number of sequences at once.</summary>
    /// <param name="rows">B.</param>
    /// <param name="position">Where the last step ended.</param>
    /// <param name="tokens">Tokens that all ranks trained on until then.</param>
    public void Open(int rows, BatchPosition position, long tokens)
    {
        var shape = new BatchShape(rows, plan.SequenceLength, place.Rank, place.World);
        Rows = rows;
        Count = (int)(plan.TokensPerStep / shape.GlobalTokens);
        // Drawn batches are counted by each rank; how many that were depends on B and ranks, which may be others now.
        if (plan.RandomBatches)
            position = position with { Batches = tokens / shape.GlobalTokens };
        _loader = data.CreateLoader(plan, shape, position);
        _batch?.Dispose();
        _batch = new TokenBatch(shape.Tokens, data.Tokenizer.VocabularySize, device);
    }

    /// <summary>Reads the next one; the tensors belong to the caller's dispose scope and hold until the next read.
    /// </summary>
    public (Tensor Inputs, Tensor Targets) Next() => _batch!.Next(_loader!); // (B, T), (B, T)

    /// <summary>Goes back to a place in the same step.</summary>
    public void Return(BatchPosition position) => _loader!.Position = position;

    /// <inheritdoc/>
    public void Dispose() => _batch?.Dispose();
}
