using System.Text;

namespace Platform.Tokenization;

/// <summary>
/// Turns tokens into text as they come and never emits half a character: bytes that begin one wait for the rest.
/// Bytes that can't become a character are U+FFFD, exactly as when all tokens are decoded at once.
/// </summary>
public sealed class Utf8StreamDecoder
{
    private readonly TextTokenizer _tokenizer;
    private readonly byte[] _pending = new byte[4];

    internal Utf8StreamDecoder(TextTokenizer tokenizer) => _tokenizer = tokenizer;

    /// <summary>Bytes that wait for the rest of their character, 0 to 3.</summary>
    public int PendingBytes { get; private set; }

    /// <summary>The text that this token completes; empty while a character is incomplete.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is no token's.</exception>
    public string Append(int id)
    {
        _tokenizer.CheckToken(id);
        var token = _tokenizer.Vocabulary[id];
        if (PendingBytes == 0)
            return Take(token);

        var joined = new byte[PendingBytes + token.Length];
        _pending.AsSpan(0, PendingBytes).CopyTo(joined);
        token.CopyTo(joined.AsSpan(PendingBytes));
        return Take(joined);
    }

    /// <summary>What is left at the end: an incomplete character as U+FFFD.</summary>
    public string Flush()
    {
        var text = Encoding.UTF8.GetString(_pending, 0, PendingBytes);
        PendingBytes = 0;
        return text;
    }

    private string Take(ReadOnlySpan<byte> bytes)
    {
        var waiting = IncompleteTail(bytes);
        bytes[^waiting..].CopyTo(_pending);
        PendingBytes = waiting;
        return Encoding.UTF8.GetString(bytes[..^waiting]);
    }

    /// <summary>Length of the sequence at the end that more bytes could complete.</summary>
    private static int IncompleteTail(ReadOnlySpan<byte> bytes)
    {
        for (var length = Math.Min(3, bytes.Length); length > 0; length--)
        {
            var tail = bytes[^length..];
            if ((tail[0] & 0xC0) == 0xC0
                && Rune.DecodeFromUtf8(tail, out _, out var consumed) == System.Buffers.OperationStatus.NeedMoreData
                && consumed == length)
            {
                return length;
            }
        }

        return 0;
    }
}
