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
    private readonly WholePieceTable? _wholePieces;

    internal BpeTokenizer(BpeModel model, PretokenizerPattern pattern, SpecialTokenTable specials)
        : base(model.Vocabulary, specials)
    {
        Model = model;
        Pattern = pattern;
        MergeCount = model.Merges.Select(merge => merge.Merged).Distinct().Count();
        _pretokenizer = Pretokenization.Pretokenizer.For(pattern);
        _merger = new PieceMerger(new MergeTable(model.Merges), model.ByteIds(specials.Contains));
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
        _encoders.TryTake(out var encoder) ? encoder : new PieceEncoder(_merger, _wholePieces);
}
