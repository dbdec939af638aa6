using static TorchSharp.torch;

namespace Platform.Modeling;

/// <content>Several adapters in one pass.</content>
public sealed partial class Gpt
{
    private LoraPack? _pack;

    /// <summary>Makes a pack of adapters part of every pass; passes then have each adapter's rows.</summary>
    internal void AttachPack(LoraPack pack)
    {
        Detach();
        foreach (var parameter in parameters())
            parameter.requires_grad = false;
        foreach (var (_, layer) in LinearLayers)
            layer.Pack = null;
        pack.Connect();
        _pack = pack;
    }

    /// <summary>Each adapter's loss, and its gradients where wanted.</summary>
    /// <returns>(K)</returns>
    internal Tensor PackedLosses(
        LoraPack pack, Tensor ids, Tensor targets, Tensor? mask, double scale, bool gradients)
    {
        using var scope = NewDisposeScope();
        mask ??= IgnoresNegativeTargets ? targets.ge(TensorNumbers.Zero) : null; // (B, T)
        var (b, t) = CheckShape(ids);
        if (gradients && UsesFusedKernels)
        {
            var means = FusedPass(b, t).Run(ids, targets, mask, scale, training ? pack.Generators : []);
            // The mean of nothing is 0 here: a batch of prompts alone must not end a run.
            return tensor(Array.ConvertAll(means, mean => double.IsNaN(mean) && mask is not null ? 0f : (float)mean))
                .MoveToOuterDisposeScope();
        }

        var (count, rows) = (pack.Adapters.Count, (long)b * t);
        var pass = new ForwardPass(count * b, t, ComputeType, training && gradients)
        {
            PackGenerators = pack.Generators,
        };
        Tensor x; // (K·B·T, C)
        using (no_grad())
            x = Embed(ids).repeat(count, 1);
        var hidden = transformer.Forward(x, pass); // (K·B·T, C)
        var table = transformer.TokenEmbedding.Table(ComputeType); // (Vp, C)
        var losses = new List<Tensor>();
        var slopes = new List<Tensor>();
        using (no_grad())
        {
            for (var k = 0; k < count; k++)
            {
                var mine = hidden.narrow(0, k * rows, rows); // (B·T, C)
                var (states, wanted) = SelectRows(mine, targets, mask); // (M, C), (M)
                // The mean of nothing is 0 here: a batch of prompts alone must not end a run.
                if (gradients && states.shape[0] == 0)
                {
                    losses.Add(zeros([], device: mine.device));
                    slopes.Add(zeros_like(mine));
                    continue;
                }

                if (!gradients)
                {
                    losses.Add(ChunkedCrossEntropy.Loss(states, table, wanted));
                    continue;
                }

                var (loss, slope) = ChunkedCrossEntropy.Gradients(states, table, wanted, scale, TokenWeight);
                losses.Add(loss);
                slopes.Add(mask is null ? slope : zeros_like(mine).index_copy_(0, MaskedRows(mask), slope));
            }
        }

        if (gradients)
            hidden.backward([cat(slopes)]);
        return stack(losses).MoveToOuterDisposeScope();
    }
}
