using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The tied head with its cross-entropy, as many rows at a time as the scratch memory has, so that the logits of a
/// whole batch never exist: Liger-Kernel's scheme.
/// </summary>
internal sealed class FusedHead<T>(
    Embedding embedding, FusedLinear<T> linear, FusedGradients gradients, FusedScratch scratch)
    where T : struct, IElement
{
    /// <summary>Loss, the table's gradient where it trains, and that of the states.</summary>
    /// <param name="hidden">(N, C).</param>
    /// <param name="targets">(N) int64, contiguous.</param>
    /// <param name="mask">(N) bool; null for all.</param>
    /// <param name="scale">On the gradients alone.</param>
    /// <param name="slope">(N, C): receives the states' gradient.</param>
    /// <returns>The mean loss.</returns>
    public double Run(Tensor hidden, Tensor targets, Tensor? mask, double scale, Tensor slope)
    {
        if (mask is null)
            return Rows(hidden, targets, slope, scale);
        using var scope = NewDisposeScope();
        var rows = mask.nonzero().reshape(-1); // (M)
        var selected = hidden.index_select(0, rows); // (M, C)
        var slopes = empty_like(selected); // (M, C)
        var loss = Rows(selected, targets.index_select(0, rows), slopes, scale);
        slope.zero_().index_copy_(0, rows, slopes); // (N, C)
        return loss;
    }

    private double Rows(Tensor hidden, Tensor targets, Tensor slope, double scale)
    {
        var table = embedding.Table(T.Type); // (Vp, C)
        var trains = embedding.Weight.requires_grad;
        var (gradient, add) = trains ? gradients.Of(embedding.Weight) : (null, false); // (Vp, C)
        var count = hidden.shape[0];
        if (count == 0)
        {
            if (!add)
                gradient?.zero_();
            return double.NaN; // The mean of nothing, as PyTorch has it.
        }

        var most = scratch.Logits.shape[0];
        var sum = 0.0;
        for (var start = 0L; start < count; start += most)
        {
            using var scope = NewDisposeScope();
            var size = Math.Min(most, count - start);
            var states = hidden.narrow(0, start, size); // (R, C)
            var logits = scratch.Logits.narrow(0, 0, size); // (R, Vp)
            linear.Forward(states, table, logits);
            sum += Kernels<T>.CrossEntropy(logits, targets.narrow(0, start, size), (float)(scale / count));
            linear.Input(logits, table, slope.narrow(0, start, size));
            if (gradient is not null)
                linear.Weight(logits, states, gradient, add || start > 0);
        }

        return sum / count;
    }
}
