using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization;

/// <summary>
/// Encodes a text that comes in parts, with the very tokens of the whole text: what could still change with the bytes
/// to come waits. Not for use by several threads at once.
/// </summary>
public sealed class StreamEncoder
{
    /// <summary>Bytes that may wait for a place to cut: between words; with a pattern of one's own, only at the text's
    /// end.</summary>
    public const int MaxPendingBytes = 64 << 20;

    private readonly TextTokenizer _tokenizer;
    private readonly SpecialTokenHandling _handling;
    private readonly TextCutter _cutter;
    private readonly bool _canCut;
    private byte[] _pending = new byte[1 << 12];
    private int _pendingLength;
    private int _scanned;

    internal StreamEncoder(
        TextTokenizer tokenizer, SpecialTokenHandling handling, SpecialTokenTable specials, bool canCut)
    {
        _tokenizer = tokenizer;
        _handling = handling;
        _canCut = canCut;
        _cutter = new TextCutter(specials);
    }

    /// <summary>Bytes of the text so far whose tokens are not given out yet.</summary>
    public int PendingBytes => _pendingLength;

    /// <summary>Takes the next bytes, which need not end with a whole character, and appends the tokens that are
    /// certain now.</summary>
    /// <exception cref="UncutTextException">More than <see cref="MaxPendingBytes"/> wait.</exception>
    public void Append(ReadOnlySpan<byte> utf8, TokenBuffer output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Keep(utf8);
        var pending = _pending.AsSpan(0, _pendingLength);
        var cut = _canCut ? _cutter.Find(pending, _scanned) : 0;
        if (cut == 0)
        {
            _scanned = _cutter.Scanned(_pendingLength);
            return;
        }

        _tokenizer.Encode(pending[..cut], output, _handling);
        pending[cut..].CopyTo(_pending);
        _pendingLength -= cut;
        _scanned = 0;
    }

    /// <summary>Ends the text and appends the tokens of what waited; the next bytes begin another text.</summary>
    public void Finish(TokenBuffer output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _tokenizer.Encode(_pending.AsSpan(0, _pendingLength), output, _handling);
        (_pendingLength, _scanned) = (0, 0);
    }

    private void Keep(ReadOnlySpan<byte> utf8)
    {
        var length = (long)_pendingLength + utf8.Length;
        if (length > MaxPendingBytes)
        {
            throw new UncutTextException(
                $"The text has {MaxPendingBytes >> 20} MiB without a place to cut it (between words; with a pattern of "
                + "your own only at its end). Divide it into several texts.");
        }

        if (length > _pending.Length)
            Array.Resize(ref _pending, (int)Math.Max(length, Math.Min(2L * _pending.Length, MaxPendingBytes)));
        utf8.CopyTo(_pending.AsSpan(_pendingLength));
        _pendingLength = (int)length;
    }
}
