using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Forward and backward pass of the whole model without autograd, for training all weights or adapters on a frozen base
/// on the CPU: matrix products and attention by libtorch into memory that is kept from step to step, all between them
/// by <see cref="Kernels{T}"/>.
/// </summary>
/// <remarks>
/// The same arithmetic as the layers' own: weights, residual stream, statistics and gradients of weights in fp32,
/// products and what they read in <typeparamref name="T"/>. Where activations are recomputed, one block's are kept in
/// place of all, but for two small ones of each that save the recomputation of attention.
/// </remarks>
internal sealed class FusedPass<T> : IFusedPass
    where T : struct, IElement
{
    private readonly Transformer _transformer;
    private readonly GptConfig _config;
    private readonly int _batch;
    private readonly int _time;
    private readonly FusedOptions _options;
    private readonly int _threads = ComputeDevice.Threads;
    private readonly Stack<IDisposable> _owned = [];
    private readonly FusedGradients _gradients;
    private readonly FusedHead<T> _head;
    private readonly FusedBlock<T>[] _blocks;
    private readonly FusedActivations[] _activations; // each block's
    private readonly Tensor[] _inputs; // (N, C) fp32: the residual stream at each block's start
    private readonly Tensor _end; // (N, C) fp32: and before the last norm
    private readonly Tensor _statistics; // (N, 2): the last norm's
    private readonly Tensor _hidden; // (N, C): what the head reads
    private readonly FusedScratch _scratch;

    public FusedPass(Transformer transformer, GptConfig config, int batch, int time, FusedOptions options)
    {
        (_transformer, _config, _time, _options) = (transformer, config, time, options);
        _batch = batch * options.Count;
        var (rows, c) = ((long)_batch * time, config.NEmbd);
        _gradients = Own(new FusedGradients());
        _scratch = Own(new FusedScratch(rows, config, T.Type));
        var linear = Own(new FusedLinear<T>());
        _head = new FusedHead<T>(transformer.TokenEmbedding, linear, _gradients, _scratch);
        var attention = Own(new FusedAttention<T>(config, _batch, time));
        _blocks = [.. transformer.Blocks.Select(
            block => Own(new FusedBlock<T>(block, attention, linear, _gradients, _scratch)))];
        var shape = new FusedActivations.Shape(rows, time, c, config.NHead, T.Type, options.Recompute);
        var first = Own(new FusedActivations(shape));
        _activations = [first, .. Enumerable.Range(1, config.NLayer - 1)
            .Select(_ => Own(new FusedActivations(shape, options.Recompute ? first : null)))];
        _inputs = [.. Enumerable.Range(0, config.NLayer).Select(_ => Own(FusedScratch.New(rows, c)))];
        _end = Own(FusedScratch.New(rows, c));
        _statistics = Own(FusedScratch.New(rows, 2));
        _hidden = Own(FusedScratch.New(rows, c, T.Type));
    }

    /// <inheritdoc/>
    public bool Fits(int batch, int time, FusedOptions options, ScalarType type) =>
        _batch == batch * options.Count && _time == time && _options == options && type == T.Type
        && _threads == ComputeDevice.Threads;

    /// <inheritdoc/>
    public double[] Run(
        Tensor ids, Tensor targets, Tensor? mask, double scale, IReadOnlyList<Generator> generators)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var flatIds = ids.reshape(-1).repeat(_options.Count); // (N)
        Embed(flatIds);
        Forward(generators);
        var (wanted, counted) = (targets.reshape(-1).contiguous(), mask?.reshape(-1));
        var rows = wanted.shape[0];
        var losses = new double[_options.Count];
        for (var k = 0; k < losses.Length; k++)
        {
            var (mine, slope) = (_hidden.narrow(0, k * rows, rows), _scratch.Branch.narrow(0, k * rows, rows));
            losses[k] = _head.Run(mine, wanted, counted, scale, slope);
        }

        Backward(generators);
        if (!_options.Frozen)
            EmbeddingGradients(flatIds);
        return losses;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out var owned))
            owned.Dispose();
    }

    private void Embed(Tensor ids)
    {
        var positions = _transformer.PositionEmbedding.Weight.narrow(0, 0, _time); // (T, C)
        var tokens = _transformer.TokenEmbedding.Weight.index_select(0, ids); // (N, C)
        _inputs[0].view(_batch, _time, _config.NEmbd)
            .copy_(tokens.view(_batch, _time, _config.NEmbd).AddInPlace(positions)); // (B, T, C)
    }

    private void Forward(IReadOnlyList<Generator> generators)
    {
        for (var layer = 0; layer < _blocks.Length; layer++)
        {
            var kept = _activations[layer];
            _blocks[layer].Forward(_inputs[layer], kept, generators);
            var bias = _blocks[layer].Block.Mlp.Output.FloatBias;
            if (layer + 1 < _blocks.Length)
                Kernels<T>.Add(kept.SecondSum, _scratch.Branch, bias, _inputs[layer + 1]);
            else
                Kernels<T>.Add(kept.SecondSum, _scratch.Branch, bias, _end);
        }

        Kernels<T>.AddNorm(_end, null, null, null, _transformer.FinalNorm, _hidden, _statistics);
    }

    private void Backward(IReadOnlyList<Generator> generators)
    {
        _scratch.NormBackward<T>(_transformer.FinalNorm, _end, _statistics, _gradients, first: true);
        for (var layer = _blocks.Length - 1; layer >= 0; layer--)
        {
            var kept = _activations[layer];
            if (_options.Recompute && layer + 1 < _blocks.Length)
                _blocks[layer].Recompute(_inputs[layer], kept, generators);
            // Nothing below the first block wants a gradient when the base is frozen.
            _blocks[layer].Backward(_inputs[layer], kept, toInput: layer > 0 || !_options.Frozen);
        }
    }

    private void EmbeddingGradients(Tensor ids)
    {
        _gradients.Of(_transformer.TokenEmbedding.Weight).Gradient
            .index_add_(0, ids, _scratch.Stream, TensorNumbers.One);
        var (positions, add) = _gradients.Of(_transformer.PositionEmbedding.Weight);
        if (!add)
            positions.zero_();
        positions.narrow(0, 0, _time)
            .AddInPlace(_scratch.Stream.view(_batch, _time, _config.NEmbd).sum(dim: 0)); // (T, C)
    }

    private TOwned Own<TOwned>(TOwned resource)
        where TOwned : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }
}
