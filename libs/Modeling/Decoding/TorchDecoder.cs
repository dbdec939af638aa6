using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Decodes with libtorch's own operations, on any device. Rows of one adapter go through in one pass.
/// </summary>
public sealed class TorchDecoder : ITokenDecoder
{
    private readonly Gpt _model;

    /// <param name="model">
    /// The model; belongs to the caller, and from now on has the weights of <paramref name="kind"/>.
    /// </param>
    /// <param name="slots">Texts at the same time.</param>
    /// <param name="kind">How weights are kept; here int8 means the values of int8 in bf16's memory.</param>
    public TorchDecoder(Gpt model, int slots, WeightKind kind)
    {
        _model = model;
        model.RoundWeights(kind);
        model.CastLinearLayers();
        Cache = model.CreateCache(slots);
    }

    /// <inheritdoc/>
    public KvCache Cache { get; }

    /// <inheritdoc/>
    public long OwnBytes => 0;

    /// <inheritdoc/>
    public void Forget(LoraAdapter adapter)
    {
        if (ReferenceEquals(_model.Adapter, adapter))
            _model.Serve(null);
    }

    /// <inheritdoc/>
    public void Decode(ReadOnlySpan<DecodeRow> rows, Span<float> logits)
    {
        var vocabulary = _model.Config.VocabSize;
        foreach (var group in rows.ToArray().Index().GroupBy(entry => entry.Item.Adapter))
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            _model.Serve(group.Key);
            var inputs = group.Select(entry => (long)entry.Item.Token).ToArray();
            var ids = tensor(inputs, device: _model.Device).view(inputs.Length, 1); // (R, 1)
            var scores = _model.NextLogits(ids, Cache, [.. group.Select(entry => entry.Item.Slot)]).cpu(); // (R, V)
            var values = scores.data<float>().ToArray().AsSpan();
            var from = 0;
            foreach (var (row, _) in group)
                values.Slice(from++ * vocabulary, vocabulary).CopyTo(logits.Slice(row * vocabulary, vocabulary));
        }
    }

    /// <inheritdoc/>
    public void Prefill(int slot, ReadOnlySpan<int> ids, LoraAdapter? adapter, Span<float> logits)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _model.Serve(adapter);
        var inputs = new long[ids.Length];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = ids[i];
        var hidden = _model.ForwardCached(
            tensor(inputs, device: _model.Device).view(1, inputs.Length), Cache, [slot]).squeeze(0); // (n, C)
        var count = logits.Length / _model.Config.VocabSize;
        if (count > 0)
            _model.Logits(hidden.narrow(0, ids.Length - count, count)).cpu().data<float>().CopyTo(logits); // (count, V)
    }

    /// <inheritdoc/>
    public void Dispose() => Cache.Dispose();
}
