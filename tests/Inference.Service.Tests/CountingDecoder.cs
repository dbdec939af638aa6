using Platform.Modeling;

namespace Platform.Inference.Service.Tests;

/// <summary>A decoder that tells what was asked of it.</summary>
internal sealed class CountingDecoder(Gpt model, int slots) : ITokenDecoder
{
    private readonly TorchDecoder _decoder = new(model, slots, WeightKind.Fp32);

    /// <summary><c>decode {rows}</c> and <c>prefill {tokens}</c>, in order.</summary>
    public List<string> Calls { get; } = [];

    public KvCache Cache => _decoder.Cache;

    public long OwnBytes => _decoder.OwnBytes;

    public void Forget(LoraAdapter adapter) => _decoder.Forget(adapter);

    public void Decode(ReadOnlySpan<DecodeRow> rows, Span<float> logits)
    {
        Calls.Add($"decode {rows.Length}");
        _decoder.Decode(rows, logits);
    }

    public void Prefill(int slot, ReadOnlySpan<int> ids, LoraAdapter? adapter, Span<float> logits)
    {
        Calls.Add($"prefill {ids.Length}");
        _decoder.Prefill(slot, ids, adapter, logits);
    }

    public void Dispose() => _decoder.Dispose();
}
