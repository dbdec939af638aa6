using Platform.Datasets.Readers;
using Platform.Datasets.Shards;

namespace Platform.Datasets.Preparation;

/// <summary>
/// Sends documents to the training or the validation shards. A share is drawn document by document, so a small data set
/// could get nothing to validate on: then its last document is taken.
/// </summary>
internal sealed class SplitWriter
{
    /// <summary>A state with more held back than this would take long to write.</summary>
    private const int MaxHeldTokens = 1 << 20;

    private readonly ShardWriter _train;
    private readonly ShardWriter _validation;
    private readonly TokenOptions _options;
    private readonly bool _drawsValidation;
    private readonly ulong _key;
    private readonly List<HeldPart> _held;
    private readonly LengthHistogram _lengths;
    private long _openLength;

    /// <param name="train">For documents to train on.</param>
    /// <param name="validation">For documents to validate on.</param>
    /// <param name="options">Share and seed.</param>
    /// <param name="drawsValidation">Whether documents are drawn for validation.</param>
    /// <param name="state">To go on from.</param>
    public SplitWriter(
        ShardWriter train, ShardWriter validation, TokenOptions options, bool drawsValidation, SplitState state)
    {
        (_train, _validation, _options, _drawsValidation) = (train, validation, options, drawsValidation);
        _key = CounterRandom.Mix((ulong)options.Seed);
        (DocumentCount, TextBytes, TruncatedCount) = (state.DocumentCount, state.TextBytes, state.TruncatedCount);
        (_openLength, _lengths, _held) = (state.OpenLength, state.Lengths, [.. state.Held]);
    }

    public long DocumentCount { get; private set; }

    public long TextBytes { get; private set; }

    public long TruncatedCount { get; private set; }

    public LengthHistogram Lengths => _lengths;

    /// <summary>Whether one more document could still have to go to validation.</summary>
    private bool HoldsBack => _drawsValidation && _validation.TotalTokens == 0;

    /// <summary>Draws for each document whether it is for validation.</summary>
    public IEnumerable<DividedText> DivideDocuments(IEnumerable<SourceText> texts)
    {
        var index = -1L;
        var forValidation = false;
        foreach (var text in texts)
        {
            if (text.BeginsDocument)
                forValidation = CounterRandom.Unit(_key, (ulong)++index) < _options.ValidationShare;
            yield return new DividedText(text.Utf8, forValidation, text.BeginsDocument, text.PromptBytes);
        }
    }

    public void Append(EncodedBatch batch)
    {
        foreach (var part in batch.Parts)
        {
            if (part.BeginsDocument)
                EndDocument();
            DocumentCount += part.BeginsDocument ? 1 : 0;
            TextBytes += part.TextBytes;
            TruncatedCount += part.Length > part.Count ? 1 : 0;
            _openLength += part.Length;
            var tokens = batch.Tokens.Tokens.Slice(part.Start, part.Count);
            if (part.ForValidation)
                _validation.Append(tokens, part.CountFrom, part.CountTo);
            else if (HoldsBack)
                _held.Add(new HeldPart(tokens.ToArray(), part.CountFrom, part.CountTo));
            else
                _train.Append(tokens, part.CountFrom, part.CountTo);
        }
    }

    /// <summary>What is to be known to go on; null where that is too much now.</summary>
    public SplitState? State() => _held.Sum(part => (long)part.Tokens.Length) > MaxHeldTokens
        ? null
        : new SplitState(DocumentCount, TextBytes, TruncatedCount, _openLength, _lengths, _held);

    public void Complete(bool needsValidation)
    {
        if (DocumentCount == 0)
            throw new EmptyDatasetException("The sources hold no text.");
        if (HoldsBack && _train.TotalTokens > 0)
            WriteHeld(_validation);
        EndDocument();
        if (_train.TotalTokens == 0 || (needsValidation && _validation.TotalTokens == 0))
        {
            throw new EmptyDatasetException(
                $"The sources hold {DocumentCount} document(s), too few to set some aside for validation. Set"
                + " validation_split to TAIL to cut the text itself, or validation_share to 0.");
        }
    }

    private void EndDocument()
    {
        WriteHeld(_train);
        if (DocumentCount > 0)
            _lengths.Add(_openLength);
        _openLength = 0;
    }

    private void WriteHeld(ShardWriter target)
    {
        foreach (var part in _held)
            target.Append(part.Tokens, part.CountFrom, part.CountTo);
        _held.Clear();
    }
}
