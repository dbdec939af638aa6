using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// A master weight's copy in the compute type, made once and kept until the weight changes. Autograd goes through
/// the copy, which saves nothing for its backward pass, so any number of micro-batches may use it; the gradient
/// arrives at the master weight in fp32.
/// </summary>
internal sealed class ComputeWeight : IDisposable
{
    private Tensor? _copy;
    private bool _differentiable;

    /// <summary>The weight itself where it has the type already, else its copy.</summary>
    public Tensor Of(Tensor master, ScalarType type)
    {
        if (master.dtype == type)
            return master;
        var wanted = master.requires_grad && is_grad_enabled();
        if (_copy is not null && _copy.dtype == type && (_differentiable || !wanted))
            return _copy;
        Dispose();
        _differentiable = wanted;
        return _copy = master.to(type).DetachFromDisposeScope();
    }

    /// <summary>Drops the copy: the master weight changed, moved, or starts or stops to train.</summary>
    public void Dispose()
    {
        _copy?.Dispose();
        _copy = null;
    }
}
