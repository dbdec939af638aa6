using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>A training pass with memory for one shape of batch.</summary>
internal interface IFusedPass : IDisposable
{
    /// <summary>Whether its memory is right for such batches.</summary>
    bool Fits(int batch, int time, bool recompute, ScalarType type);

    /// <summary>Adds the gradients of <c>scale · loss</c> to those of all parameters.</summary>
    /// <returns>The unscaled mean loss.</returns>
    double Run(Tensor ids, Tensor targets, Tensor? mask, double scale);
}
