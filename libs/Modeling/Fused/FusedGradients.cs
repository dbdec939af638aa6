using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The gradients' memory, kept from step to step: a parameter whose gradient was dropped gets the same tensor again,
/// to be set by the first micro-batch and added to by the others.
/// </summary>
internal sealed class FusedGradients : IDisposable
{
    private readonly Dictionary<Parameter, Tensor> _kept = new(ReferenceEqualityComparer.Instance);

    /// <summary>The parameter's gradient, and whether it holds values to add to.</summary>
    public (Tensor Gradient, bool Add) Of(Parameter parameter)
    {
        using var scope = NewDisposeScope();
        if (parameter.grad is { } present)
            return (present.MoveToOuterDisposeScope(), true);
        if (!_kept.TryGetValue(parameter, out var kept))
            _kept[parameter] = kept = empty(parameter.shape).DetachFromDisposeScope();
        parameter.grad = kept;
        return (kept, false);
    }

    /// <summary>Adds up the columns' sums into the parameter's gradient, where it trains.</summary>
    public void Finish(ColumnSums sums, Parameter? parameter)
    {
        if (parameter is not { requires_grad: true })
        {
            sums.Drop();
            return;
        }

        using var scope = NewDisposeScope();
        var (gradient, add) = Of(parameter);
        sums.Finish(gradient, add);
    }

    public void Dispose()
    {
        foreach (var tensor in _kept.Values)
            tensor.Dispose();
    }
}
