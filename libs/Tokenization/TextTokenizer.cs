using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.ML.Tokenizers;
using Platform.Tokenization.Bpe;

namespace Platform.Tokenization;

/// <summary>
/// A tokenizer of this platform: text as UTF-8 bytes in, ids out, and back. It is a
/// <see cref="Microsoft.ML.Tokenizers.Tokenizer"/>, so any .NET program that takes one can use it; through that type,
/// special tokens in a text are recognised, as its other implementations do. Safe for use by many threads at once.
/// </summary>
public abstract partial class TextTokenizer : Tokenizer
{
    private const int MaxKeptCapacity = 1 << 20;

    private readonly SpecialTokenTable _specials;
    private readonly ConcurrentBag<TokenBuffer> _buffers = [];

    private protected TextTokenizer(Vocabulary vocabulary, SpecialTokenTable specials)
    {
        Vocabulary = vocabulary;
        _specials = specials;
        foreach (var (text, id) in specials.Ids)
        {
            if (id < 0 || id >= vocabulary.Size)
                throw new TokenizerFormatException($"The special token {text} has the id {id}, which is out of range.");
        }
    }

    /// <summary>How the tokenizer cuts text.</summary>
    public abstract TokenizerAlgorithm Algorithm { get; }

    /// <summary>One more than the highest id, special tokens and holes included.</summary>
    public int VocabularySize => Vocabulary.Size;

    /// <summary>Special tokens and their ids.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens => _specials.Ids;

    /// <summary>The id of the token that separates documents (<c>&lt;|endoftext|&gt;</c>); null where there is none.
    /// </summary>
    public int? EndOfText => _specials.EndOfText;

    internal Vocabulary Vocabulary { get; }

    /// <summary>Whether an id is a special token's.</summary>
    public bool IsSpecial(int id) => _specials.Contains(id);

    /// <summary>Whether an id is a token's: in range, and not one that the vocabulary leaves out.</summary>
    public bool IsToken(int id) => (uint)id < (uint)Vocabulary.Size && !Vocabulary[id].IsEmpty;

    /// <summary>The bytes that a token stands for; empty for an id that the vocabulary leaves out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not below <see cref="VocabularySize"/>.</exception>
    public ReadOnlySpan<byte> TokenBytes(int id)
    {
        CheckRange(id);
        return Vocabulary[id];
    }

    /// <summary>Encodes a text.</summary>
    public int[] Encode(string text, SpecialTokenHandling specials = SpecialTokenHandling.AsText)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var utf8 = new Utf8Text(text);
        return Encode(utf8.Bytes, specials);
    }

    /// <summary>Encodes a text in UTF-8; with a byte-level BPE any bytes.</summary>
    public int[] Encode(ReadOnlySpan<byte> utf8, SpecialTokenHandling specials = SpecialTokenHandling.AsText)
    {
        var buffer = RentBuffer();
        Encode(utf8, buffer, specials);
        var ids = buffer.ToArray();
        Return(buffer);
        return ids;
    }

    /// <summary>Encodes a text in UTF-8 and appends its tokens to a buffer.</summary>
    public void Encode(
        ReadOnlySpan<byte> utf8, TokenBuffer output, SpecialTokenHandling specials = SpecialTokenHandling.AsText)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (specials == SpecialTokenHandling.AsText)
        {
            EncodeOrdinary(utf8, 0, utf8.Length, output);
            return;
        }

        var done = 0;
        while (_specials.TryFind(utf8, done, out var start, out var length, out var id))
        {
            EncodeOrdinary(utf8, done, start, output);
            output.Add(id);
            done = start + length;
        }

        EncodeOrdinary(utf8, done, utf8.Length, output);
    }

    /// <summary>Encodes a text and says which bytes each token stands for.</summary>
    public TokenSpan[] EncodeWithOffsets(
        ReadOnlySpan<byte> utf8, SpecialTokenHandling specials = SpecialTokenHandling.AsText)
    {
        var tokens = Encode(utf8, specials);
        var spans = new TokenSpan[tokens.Length];
        var offset = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            // The tokens' bytes, one after another, are the text.
            var length = Vocabulary[tokens[i]].Length;
            spans[i] = new TokenSpan(tokens[i], offset, length);
            offset += length;
        }

        return spans;
    }

    /// <summary>Tokens of a text.</summary>
    public int CountTokens(ReadOnlySpan<byte> utf8, SpecialTokenHandling specials = SpecialTokenHandling.AsText)
    {
        var buffer = RentBuffer();
        Encode(utf8, buffer, specials);
        var count = buffer.Count;
        Return(buffer);
        return count;
    }

    /// <summary>The bytes that tokens stand for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is no token's (a padded id, for example).</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> ids)
    {
        var total = 0;
        foreach (var id in ids)
        {
            CheckToken(id);
            total = checked(total + Vocabulary[id].Length);
        }

        var bytes = new byte[total];
        var at = 0;
        foreach (var id in ids)
        {
            Vocabulary[id].CopyTo(bytes.AsSpan(at));
            at += Vocabulary[id].Length;
        }

        return bytes;
    }

    /// <summary>The text that tokens stand for; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is no token's (a padded id, for example).</exception>
    public string Decode(ReadOnlySpan<int> ids) => Encoding.UTF8.GetString(DecodeBytes(ids));

    /// <summary>Decodes tokens as they come, holding back what is not yet a whole character.</summary>
    public Utf8StreamDecoder CreateStreamDecoder() => new(this);

    /// <summary>Encodes a text that comes in parts, as if it came whole.</summary>
    public StreamEncoder CreateStreamEncoder(SpecialTokenHandling specials = SpecialTokenHandling.AsText) => new(
        this, specials, specials == SpecialTokenHandling.Allowed ? _specials : SpecialTokenTable.None, CanCut);

    /// <summary>Whether a text may be encoded in parts that are cut between words.</summary>
    private protected virtual bool CanCut => true;

    /// <summary>Throws unless the id is a token's.</summary>
    internal void CheckToken(int id)
    {
        CheckRange(id);
        if (Vocabulary[id].IsEmpty)
            throw new ArgumentOutOfRangeException(nameof(id), id, "The vocabulary has no token with this id.");
    }

    /// <summary>Appends the tokens of a part of a text, in which special tokens, if any, are text.</summary>
    private protected abstract void EncodeOrdinary(ReadOnlySpan<byte> utf8, int start, int end, TokenBuffer output);

    private TokenBuffer RentBuffer() => _buffers.TryTake(out var buffer) ? buffer : new TokenBuffer();

    private void Return(TokenBuffer buffer)
    {
        // A buffer that grew for one large text would keep its memory for ever.
        if (buffer.Capacity > MaxKeptCapacity)
            return;
        buffer.Clear();
        _buffers.Add(buffer);
    }

    private void CheckRange(int id)
    {
        if ((uint)id >= (uint)Vocabulary.Size)
        {
            throw new ArgumentOutOfRangeException(
                nameof(id), id, $"A token id is at least 0 and below the vocabulary size, {Vocabulary.Size}.");
        }
    }

    /// <summary>A string's UTF-8 in a rented array; a lone surrogate becomes U+FFFD.</summary>
    private readonly ref struct Utf8Text
    {
        private readonly byte[] _rented;

        public Utf8Text(ReadOnlySpan<char> text)
        {
            _rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
            Bytes = _rented.AsSpan(0, Encoding.UTF8.GetBytes(text, _rented));
        }

        public ReadOnlySpan<byte> Bytes { get; }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
    }
}
