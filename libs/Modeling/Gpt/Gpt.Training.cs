using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <content>Loss and gradients.</content>
public sealed partial class Gpt
{
    private IFusedPass? _fused;

    /// <summary>Whether <see cref="Compiled"/> has an effect on the next training pass.</summary>
    public bool UsesFusedKernels =>
        Compiled && Vector512.IsHardwareAccelerated && _device.type == DeviceType.CPU
        && Config.Dropout == 0 && Config.NEmbd % Vector512<float>.Count == 0
        && (AdaptersInUse is { Count: > 0 } adapters
            ? !CheckpointActivations && adapters.All(a => !a.Config.UseDora && a.Config.Bias != LoraBias.All)
                && !parameters().Any(parameter => parameter.requires_grad)
            : parameters().All(parameter => parameter.requires_grad && parameter.dtype == ScalarType.Float32));

    private IReadOnlyList<LoraAdapter> AdaptersInUse => Adapter is { } one ? [one] : _pack?.Adapters ?? [];

    /// <summary>Whether targets below 0 (PyTorch's ignore_index, −100) are left out of losses that get no mask. Off by
    /// default: looking for them makes a GPU wait.</summary>
    public bool IgnoresNegativeTargets { get; set; }

    /// <summary>
    /// The mean cross-entropy in nats, padded ids in the softmax as in build-nanogpt. With gradients enabled it has
    /// a graph to call <c>backward()</c> on, and needs all logits at once; training uses
    /// <see cref="AccumulateGradients"/>.
    /// </summary>
    /// <param name="ids">(B, T) int64.</param>
    /// <param name="targets">(B, T) int64: the token after each.</param>
    /// <param name="mask">(B, T) bool: which targets count; null for all.</param>
    /// <returns>A scalar; NaN where the mask selects nothing.</returns>
    public Tensor Loss(Tensor ids, Tensor targets, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        mask ??= IgnoresNegativeTargets ? targets.ge(TensorNumbers.Zero) : null; // (B, T)
        var (hidden, wanted) = SelectRows(Forward(ids).flatten(0, 1), targets, mask); // (M, C), (M)
        var table = transformer.TokenEmbedding.Table(ComputeType); // (Vp, C)
        if (!is_grad_enabled())
            return ChunkedCrossEntropy.Loss(hidden, table, wanted).MoveToOuterDisposeScope();
        var logits = nn.functional.linear(hidden, table); // (M, Vp)
        return nn.functional.cross_entropy(logits.to(ScalarType.Float32), wanted).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Adds the gradients of <c>scale · loss</c> to those of the parameters that require them. The same result as
    /// <see cref="Loss"/> and <c>backward()</c>, without the logits of the whole batch at once.
    /// </summary>
    /// <param name="ids">(B, T) int64.</param>
    /// <param name="targets">(B, T) int64: the token after each.</param>
    /// <param name="mask">(B, T) bool: which targets count; null for all.
    /// Where none does, loss and gradients are 0.</param>
    /// <param name="scale">1 over the number of accumulation steps.</param>
    /// <returns>The unscaled loss, a scalar without a graph.</returns>
    public Tensor AccumulateGradients(Tensor ids, Tensor targets, Tensor? mask = null, double scale = 1)
    {
        using var scope = NewDisposeScope();
        mask ??= IgnoresNegativeTargets ? targets.ge(TensorNumbers.Zero) : null; // (B, T)
        var (b, t) = CheckShape(ids);
        if (UsesFusedKernels)
        {
            var mean = FusedPass(b, t).Run(ids, targets, mask, scale, training ? FusedGenerators() : [])[0];
            // The mean of nothing is no number; a batch of prompts alone must not end a run.
            if (double.IsNaN(mean) && IgnoresNegativeTargets && !mask!.any().item<bool>())
                mean = 0;
            return tensor((float)mean).MoveToOuterDisposeScope();
        }

        var pass = NewPass(b, t);
        var flatIds = ids.reshape(-1); // (B·T)
        var trainsTokens = TokenWeight.requires_grad;
        Tensor tokens; // (B·T, C)
        using (no_grad())
            tokens = TokenWeight.index_select(0, flatIds);
        // A leaf of its own: autograd would make a dense gradient of the whole table from these few rows.
        tokens.requires_grad_(trainsTokens);
        var x = AddPositions(tokens, b, t); // (B·T, C)
        var recomputation = CheckpointActivations ? new Recomputation(transformer, pass) : null;
        var hidden = recomputation?.Forward(x) ?? transformer.Forward(x, pass); // (B·T, C)

        Tensor loss, gradient; // (), (B·T, C)
        using (no_grad())
        {
            var (rows, wanted) = SelectRows(hidden, targets, mask); // (M, C), (M)
            (loss, gradient) = rows.shape[0] == 0
                ? (zeros([], device: hidden.device), zeros_like(rows))
                : ChunkedCrossEntropy.Gradients(
                    rows, transformer.TokenEmbedding.Table(ComputeType), wanted, scale, TokenWeight);
            if (mask is not null)
                gradient = zeros_like(hidden).index_copy_(0, MaskedRows(mask), gradient); // (B·T, C)
        }

        if (hidden.requires_grad)
            hidden.backward([gradient]);
        recomputation?.Backward();
        if (trainsTokens)
        {
            using (no_grad())
                TokenWeight.grad!.index_add_(0, flatIds, tokens.grad!, TensorNumbers.One);
        }

        return loss.MoveToOuterDisposeScope();
    }

    private Generator[] FusedGenerators()
    {
        if (Adapter is not { Config.Dropout: > 0 })
            return [];
        return [DropoutGenerator
            ?? throw new InvalidOperationException($"A model with dropout trains with a {nameof(DropoutGenerator)}.")];
    }

    private IFusedPass FusedPass(int b, int t)
    {
        var adapters = AdaptersInUse.Count;
        var options = new FusedOptions(CheckpointActivations, adapters > 0, Math.Max(1, adapters));
        if (_fused?.Fits(b, t, options, ComputeType) != true)
        {
            _fused?.Dispose();
            _fused = null;
            _fused = ComputeType == ScalarType.BFloat16
                ? new FusedPass<BFloat16Element>(transformer, Config, b, t, options)
                : new FusedPass<Float32Element>(transformer, Config, b, t, options);
        }

        return _fused;
    }

    private Tensor Embed(Tensor ids) // (B, T) → (B·T, C)
    {
        var (b, t) = ((int)ids.shape[0], (int)ids.shape[1]);
        return AddPositions(TokenWeight.index_select(0, ids.reshape(-1)), b, t);
    }

    private Tensor AddPositions(Tensor tokens, int b, int t) // (B·T, C)
    {
        var positions = transformer.PositionEmbedding.Weight.narrow(0, 0, t); // (T, C)
        return tokens.view(b, t, Config.NEmbd).Plus(positions).view(b * t, Config.NEmbd); // (B·T, C)
    }

    private ForwardPass NewPass(int b, int t)
    {
        var trains = training && is_grad_enabled();
        if (trains && (Config.Dropout > 0 || Adapter?.Config.Dropout > 0) && DropoutGenerator is null)
            throw new InvalidOperationException($"A model with dropout trains with a {nameof(DropoutGenerator)}.");
        return new ForwardPass(b, t, ComputeType, trains, trains ? Config.Dropout : 0, DropoutGenerator);
    }

    private static (Tensor Hidden, Tensor Targets) SelectRows(Tensor hidden, Tensor targets, Tensor? mask)
    {
        var flat = targets.reshape(-1); // (B·T)
        if (mask is null)
            return (hidden, flat);
        var rows = MaskedRows(mask); // (M)
        return (hidden.index_select(0, rows), flat.index_select(0, rows)); // (M, C), (M)
    }

    private static Tensor MaskedRows(Tensor mask) => mask.reshape(-1).nonzero().reshape(-1); // (M)

    private (int B, int T) CheckShape(Tensor ids)
    {
        if (ids.dim() != 2 || ids.shape[1] < 1 || ids.shape[1] > Config.BlockSize)
        {
            throw new ArgumentException(
                $"Token ids have the shape ({string.Join(", ", ids.shape)}); needed: (B, T), "
                + $"T 1 to {Config.BlockSize}.");
        }

        return ((int)ids.shape[0], (int)ids.shape[1]);
    }

    private static void CheckRows(KvCache cache, int r, int n, int[] slots, int[] counts)
    {
        if (slots.Length != r || counts.Length != r || slots.Distinct().Count() != r)
            throw new ArgumentException($"{r} rows need as many different slots and as many counts.");
        for (var row = 0; row < r; row++)
        {
            if (counts[row] < 1 || counts[row] > n)
                throw new ArgumentException($"Row {row} has {counts[row]} of {n} tokens.");
            if (cache.Lengths[slots[row]] + counts[row] > cache.Capacity)
            {
                throw new ArgumentException(
                    $"Slot {slots[row]} has {cache.Lengths[slots[row]]} of {cache.Capacity} tokens; "
                    + $"{counts[row]} more do not fit.");
            }
        }
    }
}
