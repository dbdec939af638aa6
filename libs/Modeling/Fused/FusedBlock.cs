using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>One block's forward and backward pass.</summary>
internal sealed class FusedBlock<T>(
    Block block, FusedAttention<T> attend, FusedGradients gradients, FusedScratch scratch)
    where T : struct, IElement
{
    /// <summary>The layer.</summary>
    public Block Block => block;

    /// <summary>From the stream at the block's start to what the feed-forward branch adds, without its bias.</summary>
    /// <param name="x">(N, C) fp32.</param>
    /// <param name="kept">Receives all that <see cref="Backward"/> needs.</param>
    /// <param name="withOutput">False leaves out the last product, which the backward pass does not need.</param>
    public void Forward(Tensor x, FusedActivations kept, bool withOutput = true)
    {
        using var scope = NewDisposeScope();
        var (attention, mlp) = (block.Attention, block.Mlp);
        Kernels<T>.AddNorm(x, null, null, null, block.FirstNorm, kept.FirstNormed, kept.FirstStatistics);
        var qkv = scratch.ThreeWide(); // (N, 3C)
        FusedLinear.Forward(kept.FirstNormed, attention.Projections.Compute(T.Type), qkv);
        Kernels<T>.AddBias(qkv, attention.Projections.Bias);
        attend.Forward(qkv, kept);
        FusedLinear.Forward(kept.Attended, attention.Output.Compute(T.Type), scratch.Branch);
        Kernels<T>.AddNorm(
            x, scratch.Branch, attention.Output.Bias, kept.SecondSum, block.SecondNorm, kept.SecondNormed,
            kept.SecondStatistics);
        FusedLinear.Forward(kept.SecondNormed, mlp.Inner.Compute(T.Type), kept.Inner);
        Kernels<T>.Gelu(kept.Inner, mlp.Inner.Bias, kept.Activated);
        if (withOutput)
            FusedLinear.Forward(kept.Activated, mlp.Output.Compute(T.Type), scratch.Branch);
    }

    /// <summary>From the stream's gradient at the block's end to that at its start.</summary>
    /// <param name="x">As given to <see cref="Forward"/>.</param>
    /// <param name="kept">From there.</param>
    public void Backward(Tensor x, FusedActivations kept)
    {
        using var scope = NewDisposeScope();
        var (attention, mlp) = (block.Attention, block.Mlp);
        Propagate(mlp.Output, scratch.Rounded, kept.Activated, scratch.Wide);
        gradients.Finish(scratch.Before, mlp.Output.Bias);
        Kernels<T>.GeluBackward(kept.Inner, scratch.Wide, scratch.WideSums);
        Propagate(mlp.Inner, scratch.Wide, kept.SecondNormed, scratch.Branch);
        gradients.Finish(scratch.WideSums, mlp.Inner.Bias);
        scratch.NormBackward<T>(block.SecondNorm, kept.SecondSum, kept.SecondStatistics, gradients);

        Propagate(attention.Output, scratch.Rounded, kept.Attended, scratch.Branch);
        gradients.Finish(scratch.Before, attention.Output.Bias);
        var slope = scratch.ThreeWide(); // (N, 3C)
        attend.Backward(scratch.Branch, kept, slope);
        Kernels<T>.SumColumns(slope, scratch.QkvSums);
        Propagate(attention.Projections, slope, kept.FirstNormed, scratch.Branch);
        gradients.Finish(scratch.QkvSums, attention.Projections.Bias);
        scratch.NormBackward<T>(block.FirstNorm, x, kept.FirstStatistics, gradients);
    }

    // The gradients of a layer's weight and of its input.
    private void Propagate(Linear layer, Tensor dy, Tensor x, Tensor dx)
    {
        using var scope = NewDisposeScope();
        var (gradient, add) = gradients.Of(layer.Weight);
        FusedLinear.Weight(dy, x, gradient, add, scratch.Product);
        FusedLinear.Input(dy, layer.Compute(T.Type), dx);
    }
}
