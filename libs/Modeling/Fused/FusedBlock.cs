using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>One block's forward and backward pass.</summary>
internal sealed class FusedBlock<T>(
    Block block, FusedAttention<T> attend, FusedLinear<T> linear, FusedGradients gradients, FusedScratch scratch)
    : IDisposable
    where T : struct, IElement
{
    private readonly Dictionary<Linear, FusedLora<T>> _adapters = new Linear[]
    {
        block.Attention.Projections, block.Attention.Output, block.Mlp.Inner, block.Mlp.Output,
    }.ToDictionary(layer => layer, layer => new FusedLora<T>(layer, gradients));

    /// <summary>The layer.</summary>
    public Block Block => block;

    /// <summary>From the stream at the block's start to what the feed-forward branch adds, without its bias.</summary>
    /// <param name="x">(N, C) fp32.</param>
    /// <param name="kept">Receives all that <see cref="Backward"/> needs.</param>
    /// <param name="generators">For each adapter the one that draws its dropout masks.</param>
    public void Forward(Tensor x, FusedActivations kept, IReadOnlyList<Generator> generators)
    {
        using var scope = NewDisposeScope();
        var (attention, mlp) = (block.Attention, block.Mlp);
        attend.Forward(Projections(x, kept, generators), kept);
        Multiply(attention.Output, kept.Attended, scratch.Branch, generators);
        Kernels<T>.AddNorm(
            x, scratch.Branch, attention.Output.FloatBias, kept.SecondSum, block.SecondNorm, kept.SecondNormed,
            kept.SecondStatistics);
        Activate(kept, generators);
        Multiply(mlp.Output, kept.Activated, scratch.Branch, generators);
    }

    /// <summary>
    /// Computes again what <see cref="Backward"/> needs and other blocks have overwritten since: all but what attention
    /// returned and the stream after it.
    /// </summary>
    public void Recompute(Tensor x, FusedActivations kept, IReadOnlyList<Generator> generators)
    {
        using var scope = NewDisposeScope();
        attend.Split(Projections(x, kept, generators), kept);
        Kernels<T>.AddNorm(
            kept.SecondSum, null, null, null, block.SecondNorm, kept.SecondNormed, kept.SecondStatistics);
        Activate(kept, generators);
    }

    /// <summary>From the stream's gradient at the block's end to that at its start.</summary>
    /// <param name="x">As given to <see cref="Forward"/>.</param>
    /// <param name="kept">From there.</param>
    /// <param name="toInput">False leaves out the gradient at its start: nobody wants it.</param>
    public void Backward(Tensor x, FusedActivations kept, bool toInput = true)
    {
        using var scope = NewDisposeScope();
        var (attention, mlp) = (block.Attention, block.Mlp);
        Propagate(mlp.Output, scratch.Rounded, kept.Activated, scratch.Wide);
        gradients.Finish(scratch.Before, mlp.Output.TrainedBias);
        Kernels<T>.GeluBackward(kept.Inner, scratch.Wide, scratch.WideSums);
        Propagate(mlp.Inner, scratch.Wide, kept.SecondNormed, scratch.Branch);
        gradients.Finish(scratch.WideSums, mlp.Inner.TrainedBias);
        scratch.NormBackward<T>(block.SecondNorm, kept.SecondSum, kept.SecondStatistics, gradients);

        Propagate(attention.Output, scratch.Rounded, kept.Attended, scratch.Branch);
        gradients.Finish(scratch.Before, attention.Output.TrainedBias);
        var slope = scratch.ThreeWide(); // (N, 3C)
        attend.Backward(scratch.Branch, kept, slope);
        if (attention.Projections.TrainedBias is { requires_grad: true })
            Kernels<T>.SumColumns(slope, scratch.QkvSums);
        Propagate(attention.Projections, slope, kept.FirstNormed, toInput ? scratch.Branch : null);
        gradients.Finish(scratch.QkvSums, attention.Projections.TrainedBias);
        if (toInput)
            scratch.NormBackward<T>(block.FirstNorm, x, kept.FirstStatistics, gradients);
    }

    public void Dispose()
    {
        foreach (var adapter in _adapters.Values)
            adapter.Dispose();
    }

    private Tensor Projections(Tensor x, FusedActivations kept, IReadOnlyList<Generator> generators) // (N, 3C)
    {
        Kernels<T>.AddNorm(x, null, null, null, block.FirstNorm, kept.FirstNormed, kept.FirstStatistics);
        var qkv = scratch.ThreeWide(); // (N, 3C)
        Multiply(block.Attention.Projections, kept.FirstNormed, qkv, generators);
        Kernels<T>.AddBias(qkv, block.Attention.Projections.FloatBias);
        return qkv;
    }

    private void Activate(FusedActivations kept, IReadOnlyList<Generator> generators)
    {
        Multiply(block.Mlp.Inner, kept.SecondNormed, kept.Inner, generators);
        Kernels<T>.Gelu(kept.Inner, block.Mlp.Inner.FloatBias, kept.Activated);
    }

    // A layer's product with the adapters' terms, without the base's bias.
    private void Multiply(Linear layer, Tensor x, Tensor y, IReadOnlyList<Generator> generators)
    {
        linear.Forward(x, layer.Compute(T.Type), y);
        _adapters[layer].Forward(x, y, generators);
    }

    // The gradients of a layer's weight, where that trains, of its adapters, and of its input.
    private void Propagate(Linear layer, Tensor dy, Tensor x, Tensor? dx)
    {
        using var scope = NewDisposeScope();
        if (layer.Weight.requires_grad)
        {
            var (gradient, add) = gradients.Of(layer.Weight);
            linear.Weight(dy, x, gradient, add);
        }

        if (dx is not null)
            linear.Input(dy, layer.Compute(T.Type), dx);
        _adapters[layer].Backward(dy, x, dx);
    }
}
