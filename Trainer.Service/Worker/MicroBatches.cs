using Platform.Datasets.Batches;
using Platform.TrainerHost.Worker.Ranks;
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

    /// <summary>
    /// What the mean of each micro-batch of the coming step is worth in the step's own: all the same where every target
    /// counts; else by the targets that count, in all micro-batches of all ranks, as if the step were one batch.
    /// </summary>
    /// <param name="ranks">Who trains together.</param>
    public IReadOnlyList<double> Weights(RankGroup ranks)
    {
        if (!data.IsMasked)
            return [.. Enumerable.Repeat(1.0 / Count / ranks.World, Count)];
        var begin = Position;
        var counts = new double[Count];
        for (var micro = 0; micro < Count; micro++)
        {
            using var scope = NewDisposeScope();
            var (_, targets) = Next(); // (B, T)
            counts[micro] = _batch!.CountTargets((int)targets.numel());
        }

        Return(begin);
        double[] all = [counts.Sum()];
        ranks.Sum(all);
        return [.. counts.Select(count => count / Math.Max(1, all[0]))];
    }

    /// <summary>Goes back to a place in the same step.</summary>
    public void Return(BatchPosition position) => _loader!.Position = position;

    /// <inheritdoc/>
    public void Dispose() => _batch?.Dispose();
}
