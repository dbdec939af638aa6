using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization.Training;

/// <summary>
/// Turns a stream of chunks into blocks of whole sections for the counting threads. A section never begins or ends
/// within a piece or a special token, so counting sections one by one is counting the documents.
/// </summary>
internal sealed class TextSplitter(bool canSplit, SpecialTokenTable specials)
{
    private const int BlockBytes = 1 << 18;
    private const int MaxUncutBytes = 1 << 28;

    private byte[] _carry = [];
    private int _carryLength;

    /// <summary>Bytes that came in so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Documents that ended so far.</summary>
    public long Documents { get; private set; }

    /// <summary>Blocks of about 256 KiB or more of sections.</summary>
    public IEnumerable<IReadOnlyList<ReadOnlyMemory<byte>>> Blocks(IEnumerable<TextChunk> chunks)
    {
        var block = new List<ReadOnlyMemory<byte>>();
        var blockBytes = 0L;
        foreach (var section in Sections(chunks))
        {
            block.Add(section);
            blockBytes += section.Length;
            if (blockBytes >= BlockBytes)
            {
                yield return block;
                block = [];
                blockBytes = 0;
            }
        }

        if (block.Count > 0)
            yield return block;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Sections(IEnumerable<TextChunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            BytesRead += chunk.Utf8.Length;
            var rest = chunk.Utf8;
            if (_carryLength > 0)
            {
                Append(rest.Span);
                rest = _carry.AsMemory(0, _carryLength);
                _carry = [];
                _carryLength = 0;
            }

            while (canSplit && rest.Length > 2 * BlockBytes)
            {
                var cut = FindCut(rest.Span[..(BlockBytes * 3 / 2)]);
                if (cut == 0)
                    break;
                yield return rest[..cut];
                rest = rest[cut..];
            }

            if (!chunk.EndsDocument && canSplit && FindCut(rest.Span) is > 0 and var lastCut)
            {
                yield return rest[..lastCut];
                rest = rest[lastCut..];
            }

            if (chunk.EndsDocument)
            {
                Documents++;
                if (rest.Length > 0)
                    yield return rest;
            }
            else
            {
                Append(rest.Span);
            }
        }

        if (_carryLength > 0)
        {
            Documents++;
            yield return _carry.AsMemory(0, _carryLength);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var length = (long)_carryLength + bytes.Length;
        if (length > MaxUncutBytes)
        {
            throw new CorpusTooDiverseException(
                $"A document has {MaxUncutBytes >> 20} MiB without a place to cut it (between words; with a pattern of "
                + "your own only at a document's end). Divide the text into documents.");
        }

        if (length > _carry.Length)
            Array.Resize(ref _carry, (int)Math.Max(length, Math.Min(2L * _carry.Length, MaxUncutBytes)));
        bytes.CopyTo(_carry.AsSpan(_carryLength));
        _carryLength = (int)length;
    }

    /// <summary>
    /// The last place where every known pattern has an end of a piece whatever follows: before a space that follows
    /// no white space, or between a letter and a punctuation mark or symbol that is neither an apostrophe (it may
    /// begin a contraction) nor a combining mark. 0 where there is none.
    /// </summary>
    private unsafe int FindCut(ReadOnlySpan<byte> text)
    {
        const byte letter = CharacterClass.Letter;
        const byte mark = CharacterClass.UpperLike | CharacterClass.LowerLike;
        var classes = CharacterClass.Table;
        fixed (byte* start = text)
        {
            // What stands after the cut must be whole, and a special token must not lie across it.
            var end = start + text.Length;
            var p = end - Math.Max(4, specials.LongestBytes);
            while (p > start)
            {
                var before = CharacterClass.Back(p, start);
                var isBoundary = (*p & 0xC0) != 0x80;
                if (isBoundary)
                {
                    var left = CharacterClass.At(classes, before, end, out _);
                    var right = CharacterClass.At(classes, p, end, out _);
                    var isCut = *p == ' ' && (left & CharacterClass.Space) == 0
                        || (left & letter) != 0 && (right & CharacterClass.Other) != 0 && (right & mark) == 0
                            && *p != '\'';
                    if (isCut)
                        return BeforeSpecial(text, (int)(p - start));
                }

                p = before;
            }
        }

        return 0;
    }

    /// <summary>The cut, or the start of the special token that lies across it.</summary>
    private int BeforeSpecial(ReadOnlySpan<byte> text, int cut)
    {
        var from = Math.Max(0, cut - specials.LongestBytes + 1);
        while (specials.TryFind(text, from, out var start, out var length, out _) && start < cut)
        {
            if (start + length > cut)
                return start;
            from = start + length;
        }

        return cut;
    }
}
