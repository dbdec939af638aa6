using System.Collections.Concurrent;
using Platform.Tokenization.Bpe;
using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization;

/// <summary>A byte-level BPE tokenizer, as GPT-2 and its successors use.</summary>
public sealed class BpeTokenizer : TextTokenizer
{
    private readonly ConcurrentBag<PieceEncoder> _encoders = [];
    private readonly Pretokenizer _pretokenizer;
    private readonly PieceMerger _merger;
    private readonly CharacterBorders _borders;
    private readonly WholePieceTable? _wholePieces;

    internal BpeTokenizer(BpeModel model, PretokenizerPattern pattern, SpecialTokenTable specials)
        : base(model.Vocabulary, specials)
    {
        Model = model;
        Pattern = pattern;
        MergeCount = model.Merges.Select(merge => merge.Merged).Distinct().Count();
        _pretokenizer = Pretokenization.Pretokenizer.For(pattern);
        ByteIds = model.ByteIds(specials.Contains);
        _merger = new PieceMerger(new MergeTable(model.Merges), ByteIds);
        _borders = new CharacterBorders(model);
        if (model.WholePieces)
            _wholePieces = new WholePieceTable(model.Vocabulary, specials.Contains);
    }

    /// <inheritdoc/>
    public override TokenizerAlgorithm Algorithm => TokenizerAlgorithm.ByteLevelBpe;

    /// <summary>The pattern that cuts text into pieces before BPE.</summary>
    public PretokenizerPattern Pattern { get; }

    /// <summary>Tokens that are merged from two others.</summary>
    public int MergeCount { get; }

    internal BpeModel Model { get; }

    /// <summary>The token of each single byte; -1 where there is none.</summary>
    internal int[] ByteIds { get; }

    /// <summary>The same tokenizer as it was after fewer merges, for studies of the vocabulary's size. Ids stay; those
    /// of later merges become holes.</summary>
    /// <param name="mergeCount">Merges to keep, the first ones; all where there are no more.</param>
    public BpeTokenizer WithMerges(int mergeCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mergeCount);
        if (mergeCount >= MergeCount)
            return this;
        var kept = new HashSet<int>();
        var merges = new List<Merge>();
        foreach (var merge in Model.Merges)
        {
            if (kept.Count == mergeCount && !kept.Contains(merge.Merged))
                break;
            kept.Add(merge.Merged);
            merges.Add(merge);
        }

        var made = Model.Merges.Select(merge => merge.Merged).ToHashSet();
        var tokens = new byte[]?[VocabularySize];
        for (var id = 0; id < tokens.Length; id++)
        {
            if (!made.Contains(id) || kept.Contains(id))
                tokens[id] = TokenBytes(id).ToArray();
        }

        return new BpeTokenizer(
            Model with { Vocabulary = new Vocabulary(tokens), Merges = merges },
            Pattern,
            new SpecialTokenTable(SpecialTokens));
    }

    /// <summary>The tokens of one piece by merges alone.</summary>
    internal int[] EncodePiece(ReadOnlySpan<byte> piece)
    {
        var buffer = new TokenBuffer(16);
        _merger.Encode(piece, buffer);
        return buffer.ToArray();
    }

    private protected override bool CanCut => _pretokenizer.CanSplit;

    private protected override void EncodeOrdinary(ReadOnlySpan<byte> utf8, int start, int end, TokenBuffer output)
    {
        if (start == end)
            return;
        var encoder = Rent();
        try
        {
            encoder.Encode(_pretokenizer, utf8[start..end], output);
        }
        finally
        {
            _encoders.Add(encoder);
        }
    }

    private PieceEncoder Rent() =>
        _encoders.TryTake(out var encoder) ? encoder : new PieceEncoder(_merger, _borders, _wholePieces);
}
