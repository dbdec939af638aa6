using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization.Training;

/// <summary>
/// Turns a stream of chunks into blocks of whole sections for the counting threads. A section never begins or ends
/// within a piece or a special token, so counting sections one by one is counting the documents.
/// </summary>
internal sealed class TextSplitter(bool canSplit, SpecialTokenTable specials)
{
    private const int BlockBytes = 1 << 18;
    private const int HeadBytes = 1 << 12;
    private const int MaxUncutBytes = 1 << 28;

    private readonly TextCutter _cutter = new(specials);
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
                // Where it can be cut near its beginning, the rest of it is not copied.
                var carried = _carryLength;
                var head = canSplit ? Math.Min(rest.Length, HeadBytes) : rest.Length;
                Append(rest.Span[..head]);
                var cut = head < rest.Length ? _cutter.Find(_carry.AsSpan(0, _carryLength), carried) : 0;
                if (cut > carried)
                {
                    yield return TakeCarry()[..cut];
                    rest = rest[(cut - carried)..];
                }
                else
                {
                    Append(rest.Span[head..]);
                    rest = TakeCarry();
                }
            }

            while (canSplit && rest.Length > 2 * BlockBytes)
            {
                var cut = _cutter.Find(rest.Span[..(BlockBytes * 3 / 2)]);
                if (cut == 0)
                    break;
                yield return rest[..cut];
                rest = rest[cut..];
            }

            if (!chunk.EndsDocument && canSplit && _cutter.Find(rest.Span) is > 0 and var lastCut)
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
            yield return TakeCarry();
        }
    }

    private Memory<byte> TakeCarry()
    {
        var carry = _carry.AsMemory(0, _carryLength);
        _carry = [];
        _carryLength = 0;
        return carry;
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
}
