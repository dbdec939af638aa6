using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Decodes on a processor with AVX-512: a step is a few dozen large pieces of work that a small team of threads shares,
/// each reading its weights once for all rows. Long pieces of prompts go through libtorch, whose matrix products are
/// faster there. A row's scores are the same to the bit whatever rows are beside it.
/// </summary>
public sealed unsafe class ProcessorDecoder : ITokenDecoder
{
    // So many tokens of a prompt go through this class's own products; beyond, libtorch is faster.
    private const int OwnPrefillTokens = 16;

    private readonly Gpt _model;
    private readonly ServedModel _served;
    private readonly DecoderPass _pass;

    /// <param name="model">
    /// The model; belongs to the caller, and from now on has the weights of <paramref name="kind"/>.
    /// </param>
    /// <param name="slots">Texts at the same time.</param>
    /// <param name="kind">How weights are kept.</param>
    /// <param name="threads">With the caller's own; 0: as many as libtorch uses.</param>
    /// <param name="shortActivations">
    /// Whether activations may be rounded to 16 bits for weights of 16 and 8 bits, where the processor has instructions
    /// for it; else they stay in fp32.
    /// </param>
    public ProcessorDecoder(Gpt model, int slots, WeightKind kind, int threads = 0, bool shortActivations = true)
    {
        if (!IsSupported(model))
            throw new NotSupportedException("Needs AVX-512, and widths that are multiples of 16.");
        _model = model;
        _served = new ServedModel(model, kind, shortActivations);
        Cache = model.CreateCache(slots);
        _pass = new DecoderPass(
            model.Config, _served, Cache, Math.Max(slots, OwnPrefillTokens), threads > 0 ? threads : get_num_threads());
    }

    /// <inheritdoc/>
    public KvCache Cache { get; }

    /// <inheritdoc/>
    public long OwnBytes => _served.OwnBytes;

    /// <summary>Whether this machine and a model are such that this class can be used.</summary>
    public static bool IsSupported(Gpt model) =>
        Avx512F.IsSupported && Avx512BW.IsSupported && model.Device.type == DeviceType.CPU
        && model.Config.NEmbd % DotKernels.Lanes == 0 && model.Config.HeadSize % DotKernels.Lanes == 0;

    /// <inheritdoc/>
    public void Decode(ReadOnlySpan<DecodeRow> rows, Span<float> logits)
    {
        _pass.Begin(rows.Length);
        for (var row = 0; row < rows.Length; row++)
        {
            var slot = rows[row].Slot;
            _pass.Set(row, rows[row].Token, slot, Cache.Lengths[slot], Parts(rows[row].Adapter));
        }

        _pass.Run();
        foreach (var row in rows)
            Cache.Grow(row.Slot, 1);
        _pass.Head(0, rows.Length, logits);
    }

    /// <inheritdoc/>
    public void Prefill(int slot, ReadOnlySpan<int> ids, LoraAdapter? adapter, Span<float> logits)
    {
        var count = logits.Length / _model.Config.VocabSize;
        if (ids.Length > OwnPrefillTokens)
        {
            PrefillWithTorch(slot, ids, adapter, logits, count);
            return;
        }

        _pass.Begin(ids.Length);
        for (var i = 0; i < ids.Length; i++)
            _pass.Set(i, ids[i], slot, Cache.Lengths[slot] + i, Parts(adapter));
        _pass.Run();
        Cache.Grow(slot, ids.Length);
        if (count > 0)
            _pass.Head(ids.Length - count, count, logits);
    }

    /// <inheritdoc/>
    public void Forget(LoraAdapter adapter)
    {
        if (ReferenceEquals(_model.Adapter, adapter))
            _model.Serve(null);
        _served.Forget(adapter);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pass.Dispose();
        _served.Dispose();
        Cache.Dispose();
    }

    private PackedAdapter?[]? Parts(LoraAdapter? adapter) => adapter is null ? null : _served.Adapter(adapter);

    private void PrefillWithTorch(
        int slot, ReadOnlySpan<int> ids, LoraAdapter? adapter, Span<float> logits, int count)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _model.Serve(adapter);
        var inputs = new long[ids.Length];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = ids[i];
        var hidden = _model.ForwardCached(tensor(inputs).view(1, inputs.Length), Cache, [slot]).squeeze(0); // (n, C)
        if (count == 0)
            return;
        var last = hidden.narrow(0, ids.Length - count, count).to(ScalarType.Float32).contiguous(); // (count, C)
        var states = last.data<float>().ToArray();
        var vocabulary = _model.Config.VocabSize;
        for (var from = 0; from < count; from += _pass.MaxRows)
        {
            var rows = Math.Min(_pass.MaxRows, count - from);
            _pass.HeadOf(
                states.AsSpan(from * _model.Config.NEmbd, rows * _model.Config.NEmbd), rows,
                logits.Slice(from * vocabulary, rows * vocabulary));
        }
    }
}
