using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Platform.Tokenization;

/// <content>The members of <see cref="Tokenizer"/>, in UTF-16 as it has them.</content>
public abstract partial class TextTokenizer
{
    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Decode([.. ids]);
    }

    /// <inheritdoc/>
    public override OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        (idsConsumed, charsWritten) = (0, 0);
        var decoder = CreateStreamDecoder();
        var taken = 0;
        foreach (var id in ids)
        {
            if (id < 0 || id >= VocabularySize || Vocabulary[id].IsEmpty)
                return OperationStatus.InvalidData;
            var text = decoder.Append(id);
            if (text.Length > destination.Length - charsWritten)
                return OperationStatus.DestinationTooSmall;
            text.CopyTo(destination[charsWritten..]);
            charsWritten += text.Length;
            taken++;
            // Ids whose bytes are all written are consumed; the others would be needed again.
            if (decoder.PendingBytes == 0)
                idsConsumed = taken;
        }

        if (decoder.PendingBytes == 0)
            return OperationStatus.Done;
        var rest = decoder.Flush();
        if (rest.Length > destination.Length - charsWritten)
            return OperationStatus.DestinationTooSmall;
        rest.CopyTo(destination[charsWritten..]);
        charsWritten += rest.Length;
        idsConsumed = taken;
        return OperationStatus.Done;
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var chars = text is null ? textSpan : text.AsSpan();
        using var utf8 = new Utf8Text(chars);
        var ids = Encode(utf8.Bytes, SpecialTokenHandling.Allowed);
        if (ids.Length <= settings.MaxTokenCount)
            return new EncodeResults<int> { Tokens = ids, CharsConsumed = chars.Length };
        var kept = LongestPrefix(ids, settings.MaxTokenCount, utf8.Bytes, out var charsConsumed);
        return new EncodeResults<int> { Tokens = ids[..kept], CharsConsumed = charsConsumed };
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var chars = text is null ? textSpan : text.AsSpan();
        using var utf8 = new Utf8Text(chars);
        var spans = EncodeWithOffsets(utf8.Bytes, SpecialTokenHandling.Allowed);
        var charsConsumed = chars.Length;
        if (spans.Length > settings.MaxTokenCount)
        {
            int[] ids = [.. spans.Select(span => span.Id)];
            var kept = LongestPrefix(ids, settings.MaxTokenCount, utf8.Bytes, out charsConsumed);
            spans = spans[..kept];
        }

        var positions = new CharPositions(utf8.Bytes);
        var tokens = new EncodedToken[spans.Length];
        for (var i = 0; i < spans.Length; i++)
        {
            var start = positions.StartOfCharAt(spans[i].Offset);
            var end = positions.EndOfCharBefore(spans[i].Offset + spans[i].Length);
            tokens[i] = new EncodedToken(
                spans[i].Id, Encoding.UTF8.GetString(Vocabulary[spans[i].Id]), new Range(start, end));
        }

        return new EncodeResults<EncodedToken> { Tokens = tokens, CharsConsumed = charsConsumed };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        settings.MaxTokenCount == int.MaxValue
            ? CountAll(text is null ? textSpan : text.AsSpan())
            : EncodeToIds(text, textSpan, settings).Tokens.Count;

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd,
        out string? normalizedText, out int tokenCount)
    {
        normalizedText = null;
        var chars = text is null ? textSpan : text.AsSpan();
        using var utf8 = new Utf8Text(chars);
        var ids = Encode(utf8.Bytes, SpecialTokenHandling.Allowed);
        tokenCount = Math.Min(ids.Length, settings.MaxTokenCount);
        if (tokenCount == ids.Length)
            return fromEnd ? 0 : chars.Length;
        if (!fromEnd)
        {
            tokenCount = LongestPrefix(ids, settings.MaxTokenCount, utf8.Bytes, out var charsConsumed);
            return charsConsumed;
        }

        // The shortest prefix to leave out that ends with a whole character.
        var offset = 0;
        var left = 0;
        while (left < ids.Length - settings.MaxTokenCount || !StartsCharacter(utf8.Bytes, offset))
            offset += Vocabulary[ids[left++]].Length;
        tokenCount = ids.Length - left;
        return Encoding.UTF8.GetCharCount(utf8.Bytes[..offset]);
    }

    private int CountAll(ReadOnlySpan<char> chars)
    {
        using var utf8 = new Utf8Text(chars);
        return CountTokens(utf8.Bytes, SpecialTokenHandling.Allowed);
    }

    /// <summary>The most tokens, at most <paramref name="limit"/>, that end with a whole character.</summary>
    private int LongestPrefix(int[] ids, int limit, ReadOnlySpan<byte> utf8, out int chars)
    {
        var (kept, keptOffset, offset) = (0, 0, 0);
        for (var i = 0; i < limit; i++)
        {
            offset += Vocabulary[ids[i]].Length;
            if (StartsCharacter(utf8, offset))
                (kept, keptOffset) = (i + 1, offset);
        }

        chars = Encoding.UTF8.GetCharCount(utf8[..keptOffset]);
        return kept;
    }

    private static bool StartsCharacter(ReadOnlySpan<byte> utf8, int offset) =>
        offset == utf8.Length || (utf8[offset] & 0xC0) != 0x80;

    /// <summary>UTF-16 positions of rising byte offsets.</summary>
    private ref struct CharPositions(ReadOnlySpan<byte> utf8)
    {
        private readonly ReadOnlySpan<byte> _utf8 = utf8;
        private int _offset;
        private int _chars;

        /// <summary>Where the character begins that the byte is a part of.</summary>
        public int StartOfCharAt(int offset)
        {
            while (offset > 0 && offset < _utf8.Length && (_utf8[offset] & 0xC0) == 0x80)
                offset--;
            return Chars(offset);
        }

        /// <summary>Where the character ends that the byte before is a part of.</summary>
        public int EndOfCharBefore(int offset)
        {
            while (offset < _utf8.Length && (_utf8[offset] & 0xC0) == 0x80)
                offset++;
            return Chars(offset);
        }

        private int Chars(int offset)
        {
            if (offset < _offset)
                return _chars - Encoding.UTF8.GetCharCount(_utf8[offset.._offset]);
            _chars += Encoding.UTF8.GetCharCount(_utf8[_offset..offset]);
            _offset = offset;
            return _chars;
        }
    }
}
