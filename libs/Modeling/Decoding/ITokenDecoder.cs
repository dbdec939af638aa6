namespace Platform.Modeling;

/// <summary>
/// Moves the texts of a <see cref="KvCache"/> on: prompts by pieces, then token by token, many texts in one batch. One
/// thread at a time.
/// </summary>
public interface ITokenDecoder : IDisposable
{
    /// <summary>The keys and values of all texts; grows with every call.</summary>
    KvCache Cache { get; }

    /// <summary>Bytes of weights that the decoder keeps beside the model's own.</summary>
    long OwnBytes { get; }

    /// <summary>Drops what is kept for an adapter that goes.</summary>
    void Forget(LoraAdapter adapter);

    /// <summary>Gives every row its next scores in one pass.</summary>
    /// <param name="rows">Each of another slot.</param>
    /// <param name="logits">(R, V) fp32 without padded ids, row by row: is filled.</param>
    void Decode(ReadOnlySpan<DecodeRow> rows, Span<float> logits);

    /// <summary>Appends a piece of a prompt to a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="ids">The piece, at least one token.</param>
    /// <param name="adapter">The adapter; null for the model alone.</param>
    /// <param name="logits">
    /// Empty: no scores are wanted; V: those after the piece; n·V: those after each of its n tokens.
    /// </param>
    void Prefill(int slot, ReadOnlySpan<int> ids, LoraAdapter? adapter, Span<float> logits);
}
