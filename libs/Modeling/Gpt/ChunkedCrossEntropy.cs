using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Head and cross-entropy a few hundred rows at a time, so that the logits of a whole batch (206 MB for 1024 rows of
/// GPT-2 in fp32) never exist at once; the gradients of the states and of the table come out of the same pass, as in
/// Liger-Kernel's fused linear cross-entropy.
/// </summary>
internal static class ChunkedCrossEntropy
{
    // Logits at a time: 128 MB in fp32. With GPT-2's vocabulary that is 640 rows, enough for the matrix product's
    // full speed; with a small one, all rows.
    private const int MostLogits = 1 << 25;
    private const int RowMultiple = 64;

    /// <summary>The mean over the rows, without gradients.</summary>
    /// <param name="hidden">(M, C) in the compute type.</param>
    /// <param name="table">(Vp, C) in the compute type.</param>
    /// <param name="targets">(M) int64.</param>
    public static Tensor Loss(Tensor hidden, Tensor table, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var sum = zeros(1, device: hidden.device);
        foreach (var (start, count) in Chunks(hidden.shape[0], table.shape[0]))
        {
            using var chunk = NewDisposeScope();
            var wanted = targets.narrow(0, start, count).unsqueeze(1); // (R, 1)
            sum.sub_(LogSoftmax(hidden.narrow(0, start, count), table).gather(1, wanted).sum());
        }

        return sum.OverInPlace(hidden.shape[0]).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over the rows, and the gradients of scale · mean.</summary>
    /// <param name="hidden">(M, C) in the compute type.</param>
    /// <param name="table">(Vp, C) in the compute type.</param>
    /// <param name="targets">(M) int64.</param>
    /// <param name="scale">A factor on the gradients alone.</param>
    /// <param name="master">The table's fp32 parameter: receives its gradient where it requires one.</param>
    /// <returns>A scalar, and (M, C) in the compute type.</returns>
    public static (Tensor Loss, Tensor Hidden) Gradients(
        Tensor hidden, Tensor table, Tensor targets, double scale, Parameter master)
    {
        using var scope = NewDisposeScope();
        var rows = hidden.shape[0];
        var factor = (float)(scale / rows);
        var sum = zeros(1, device: hidden.device);
        var gradient = empty_like(hidden); // (M, C)
        foreach (var (start, count) in Chunks(rows, table.shape[0]))
        {
            using var chunk = NewDisposeScope();
            var states = hidden.narrow(0, start, count); // (R, C)
            var wanted = targets.narrow(0, start, count).unsqueeze(1); // (R, 1)
            var scores = LogSoftmax(states, table); // (R, Vp)
            sum.sub_(scores.gather(1, wanted).sum());
            // d loss / d logits = softmax - one-hot
            scores.exp_().scatter_add_(1, wanted, ones(count, 1, device: hidden.device).neg_());
            var slope = scores.dtype == hidden.dtype ? scores : scores.to(hidden.dtype); // (R, Vp)
            gradient.narrow(0, start, count).copy_(slope.matmul(table).TimesInPlace(factor)); // (R, C)
            if (master.requires_grad)
                AddTableGradient(master, slope, states, factor);
        }

        return (
            sum.OverInPlace(rows).squeeze(0).MoveToOuterDisposeScope(),
            gradient.MoveToOuterDisposeScope());
    }

    // In fp32 always: it is the softmax's input that may be rounded, never the softmax.
    private static Tensor LogSoftmax(Tensor states, Tensor table) => // (R, C) → (R, Vp)
        nn.functional.linear(states, table).log_softmax(1, ScalarType.Float32);

    private static void AddTableGradient(Parameter master, Tensor slope, Tensor states, float factor)
    {
        if (master.grad is { } sum)
        {
            if (slope.dtype == ScalarType.Float32)
                sum.addmm_(slope.t(), states, 1, factor); // (Vp, C)
            else
                sum.AddInPlace(slope.t().matmul(states), factor); // (Vp, C)
            return;
        }

        // Handed over to the parameter: its native side keeps the memory beyond this scope.
        master.grad = slope.t().matmul(states).to(ScalarType.Float32).TimesInPlace(factor); // (Vp, C)
    }

    private static IEnumerable<(long Start, long Count)> Chunks(long rows, long vocabulary)
    {
        var most = Math.Max(RowMultiple, MostLogits / vocabulary / RowMultiple * RowMultiple);
        var pieces = (rows + most - 1) / most;
        var size = (((rows + pieces - 1) / pieces) + RowMultiple - 1) / RowMultiple * RowMultiple;
        for (var start = 0L; start < rows; start += size)
            yield return (start, Math.Min(size, rows - start));
    }
}
