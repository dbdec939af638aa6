using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Activation checkpointing (Chen et al. 2016): the forward pass keeps each block's input alone, and the backward
/// pass computes the block again, with the same dropout masks.
/// </summary>
internal sealed class Recomputation(Transformer transformer, ForwardPass pass)
{
    private readonly List<(Tensor Input, Tensor? Random)> _kept = [];
    private Tensor? _start;
    private Tensor? _last;

    /// <summary>As the transformer's own forward pass; only the last norm has a graph.</summary>
    public Tensor Forward(Tensor x) // (N, C) → (N, C)
    {
        _start = pass.Drop(x);
        var input = _start.detach();
        using (no_grad())
        {
            foreach (var block in transformer.Blocks)
            {
                _kept.Add((input, pass.Generator?.get_state()));
                using var scope = NewDisposeScope();
                input = block.Forward(input, pass).MoveToOuterDisposeScope();
            }
        }

        _last = input.detach().requires_grad_(true);
        return transformer.LastNorm(_last, pass);
    }

    /// <summary>Continues once the last norm's own backward pass is done.</summary>
    public void Backward()
    {
        var after = pass.Generator?.get_state();
        var gradient = _last!.grad!;
        for (var layer = transformer.Blocks.Count - 1; layer >= 0; layer--)
        {
            using var scope = NewDisposeScope();
            var (input, random) = _kept[layer];
            if (random is not null)
                pass.Generator!.set_state(random);
            var leaf = input.detach().requires_grad_(true);
            transformer.Blocks[layer].Forward(leaf, pass).backward([gradient]);
            gradient = leaf.grad!.MoveToOuterDisposeScope();
        }

        if (after is not null)
            pass.Generator!.set_state(after);
        if (_start!.requires_grad)
            _start.backward([gradient]);
    }
}
