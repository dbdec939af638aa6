using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>A training pass with memory for one shape of batch.</summary>
internal interface IFusedPass : IDisposable
{
    /// <summary>Whether its memory is right for such batches.</summary>
    bool Fits(int batch, int time, FusedOptions options, ScalarType type);

    /// <summary>Adds the gradients of <c>scale · loss</c> to those of all parameters that train.</summary>
    /// <param name="ids">(B, T).</param>
    /// <param name="targets">(B, T).</param>
    /// <param name="mask">(B, T); null for all.</param>
    /// <param name="scale">On the gradients alone.</param>
    /// <param name="generators">For each adapter the one that draws its dropout masks;
    /// none: nothing is dropped.</param>
    /// <returns>The unscaled mean loss; of each adapter of a pack.</returns>
    double[] Run(Tensor ids, Tensor targets, Tensor? mask, double scale, IReadOnlyList<Generator> generators);
}
