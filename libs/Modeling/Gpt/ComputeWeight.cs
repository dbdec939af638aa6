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
    private bool _stale;

    /// <summary>The weight itself where it has the type already, else its copy.</summary>
    public Tensor Of(Tensor master, ScalarType type)
    {
        if (master.dtype == type)
        {
            Dispose();
            return master;
        }

        var wanted = master.requires_grad && is_grad_enabled();
        if (_copy is not null && _copy.dtype == type && (_differentiable || !wanted) && !_stale)
            return _copy;
        if (_copy is not null && _copy.dtype == type && !_differentiable && !wanted)
        {
            using var noGrad = no_grad();
            _stale = false;
            return _copy.copy_(master); // The same memory: nothing saved it, as there was no graph.
        }

        Dispose();
        _differentiable = wanted;
        return _copy = master.to(type).DetachFromDisposeScope();
    }

    /// <summary>The master weight changed, moved, or starts or stops to train.</summary>
    public void Invalidate()
    {
        _stale = true;
        if (_differentiable)
            Dispose();
    }

    /// <summary>Drops the copy.</summary>
    public void Dispose()
    {
        _copy?.Dispose();
        _copy = null;
        _stale = false;
    }
}
