using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Causal attention: by <see cref="HeadAttention{T}"/>, or where that does not suit with a few heads' scores at a time,
/// which stay in the cache, by libtorch's batched products. In long contexts the scores are computed again in the
/// backward pass, so that none are kept. libtorch's own flash attention takes three times as long in bf16 on a CPU: its
/// small products are converted to fp32 one by one.
/// </summary>
internal sealed class FusedAttention<T> : IDisposable
    where T : struct, IElement
{
    private const long MostScoreBytes = 8 << 20;

    private readonly int _batch;
    private readonly int _time;
    private readonly int _heads;
    private readonly int _headSize;
    private readonly float _scale;
    private readonly long _group; // heads at a time
    private readonly HeadAttention<T>? _own;
    private readonly Tensor? _scores; // (G, T, T)
    private readonly Tensor? _slopes; // (G, T, T)
    private readonly Tensor[] _gradients; // of queries, keys, values: 3 × (B·nh, T, hs)
    private readonly Tensor _result; // (B·nh, T, hs): also its gradient

    public FusedAttention(GptConfig config, int batch, int time)
    {
        (_batch, _time, _heads, _headSize) = (batch, time, config.NHead, config.HeadSize);
        _scale = 1 / MathF.Sqrt(_headSize);
        var elementSize = T.Type == ScalarType.Float32 ? 4 : 2;
        _group = Math.Clamp(MostScoreBytes / elementSize / ((long)time * time), 1, (long)batch * _heads);
        Tensor New(long first, long second, long third) =>
            empty(first, second, third, dtype: T.Type).DetachFromDisposeScope();
        if (HeadAttention<T>.Supports(time, _headSize))
            _own = new HeadAttention<T>(batch * _heads, time, _headSize);
        else
            (_scores, _slopes) = (New(_group, time, time), New(_group, time, time));
        _result = New((long)batch * _heads, time, _headSize);
        _gradients = [.. Enumerable.Range(0, 3).Select(_ => New((long)batch * _heads, time, _headSize))];
    }

    /// <summary>Attends.</summary>
    /// <param name="qkv">(N, 3C), N = B·T.</param>
    /// <param name="kept">Receives queries, keys, values, probabilities and what attention returns.</param>
    public void Forward(Tensor qkv, FusedActivations kept)
    {
        using var scope = NewDisposeScope();
        var parts = kept.Parts;
        Split(qkv, kept);
        if (_own is not null)
            _own.Forward(Addresses(parts), Address(kept.Probabilities), Address(_result));
        else
            InGroups(kept);
        kept.Attended.view(_batch, _time, _heads, _headSize).copy_(ByHead(_result).transpose(1, 2)); // (B, T, nh, hs)
    }

    /// <summary>The first part of <see cref="Forward"/>: queries, keys and values, without attending.</summary>
    public void Split(Tensor qkv, FusedActivations kept)
    {
        using var scope = NewDisposeScope();
        for (var part = 0; part < 3; part++)
            ByHead(kept.Parts[part]).copy_(Columns(qkv, part));
    }

    /// <summary>The gradient of queries, keys and values.</summary>
    /// <param name="dy">(N, C): the result's.</param>
    /// <param name="kept">From the forward pass.</param>
    /// <param name="dqkv">(N, 3C).</param>
    public void Backward(Tensor dy, FusedActivations kept, Tensor dqkv)
    {
        using var scope = NewDisposeScope();
        var parts = kept.Parts;
        ByHead(_result).copy_(dy.view(_batch, _time, _heads, _headSize).transpose(1, 2)); // (B, nh, T, hs)
        if (_own is not null)
            _own.Backward(Addresses(parts), Address(kept.Probabilities), Address(_result), Addresses(_gradients));
        else
            BackwardInGroups(kept);
        for (var part = 0; part < 3; part++)
            Columns(dqkv, part).copy_(ByHead(_gradients[part]));
    }

    public void Dispose()
    {
        _own?.Dispose();
        foreach (var tensor in (Tensor?[])[_scores, _slopes, _result, .. _gradients])
            tensor?.Dispose();
    }

    private void InGroups(FusedActivations kept)
    {
        foreach (var (start, count) in Groups())
        {
            var probabilities = Probabilities(kept, start, count); // (G, T, T)
            Compute(probabilities, kept.Parts, start, count);
            Multiply(
                _result.narrow(0, start, count), probabilities, kept.Parts[2].narrow(0, start, count)); // (G, T, hs)
        }
    }

    private void BackwardInGroups(FusedActivations kept)
    {
        foreach (var (start, count) in Groups())
        {
            Tensor Slice(Tensor tensor) => tensor.narrow(0, start, count); // (G, T, hs)
            var (q, k, v, g) = (Slice(kept.Parts[0]), Slice(kept.Parts[1]), Slice(kept.Parts[2]), Slice(_result));
            var probabilities = Probabilities(kept, start, count); // (G, T, T)
            if (kept.Probabilities is null)
                Compute(probabilities, kept.Parts, start, count);
            Multiply(Slice(_gradients[2]), probabilities.transpose(1, 2), g); // (G, T, hs)
            var slopes = _slopes!.narrow(0, 0, count);
            Multiply(slopes, g, v.transpose(1, 2)); // (G, T, T)
            Kernels<T>.CausalSoftmaxBackward(probabilities, slopes, _scale);
            Multiply(Slice(_gradients[0]), slopes, k); // (G, T, hs)
            Multiply(Slice(_gradients[1]), slopes.transpose(1, 2), q); // (G, T, hs)
        }
    }

    private static (nint Q, nint K, nint V) Addresses(Tensor[] parts) =>
        (Address(parts[0]), Address(parts[1]), Address(parts[2]));

    private static nint Address(Tensor? tensor) => tensor is null ? 0 : TensorMemory.AddressOf(tensor);

    private static void Multiply(Tensor result, Tensor left, Tensor right) => FusedScripts.Batched(result, left, right);

    private Tensor Probabilities(FusedActivations kept, long start, long count) =>
        kept.Probabilities?.narrow(0, start, count) ?? _scores!.narrow(0, 0, count); // (G, T, T)

    private void Compute(Tensor probabilities, Tensor[] parts, long start, long count)
    {
        var (q, k) = (parts[0].narrow(0, start, count), parts[1].narrow(0, start, count)); // (G, T, hs)
        Multiply(probabilities, q, k.transpose(1, 2)); // (G, T, T)
        Kernels<T>.CausalSoftmax(probabilities, _scale);
    }

    // (B·nh, T, hs) → (B, nh, T, hs)
    private Tensor ByHead(Tensor tensor) => tensor.view(_batch, _heads, _time, _headSize);

    // (N, 3C) → (B, nh, T, hs) of queries, keys or values
    private Tensor Columns(Tensor qkv, int part) =>
        qkv.view(_batch, _time, 3, _heads, _headSize).select(2, part).transpose(1, 2);

    private IEnumerable<(long Start, long Count)> Groups()
    {
        var all = (long)_batch * _heads;
        for (var start = 0L; start < all; start += _group)
            yield return (start, Math.Min(_group, all - start));
    }
}
