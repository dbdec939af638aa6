using Platform.Datasets.Shards;

namespace Platform.Datasets.Preparation;

/// <summary>
/// Sends documents to the training or the validation shards. A share is drawn document by document, so a small data set
/// could get nothing to validate on: then its last document is taken.
/// </summary>
internal sealed class SplitWriter(ShardWriter train, ShardWriter validation, TokenOptions options)
{
    private readonly ulong _key = CounterRandom.Mix((ulong)options.Seed);
    private readonly List<int> _last = [];

    public long DocumentCount { get; private set; }

    public long TextBytes { get; private set; }

    /// <summary>Whether one more document could still have to go to validation.</summary>
    private bool HoldsBack =>
        options is { ValidationFromTail: false, ValidationShare: > 0 } && validation.TotalTokens == 0;

    /// <summary>Draws for each document whether it is for validation.</summary>
    public IEnumerable<DividedText> DivideDocuments(IEnumerable<string> documents) =>
        documents.Select((text, index) => new DividedText(
            text.AsMemory(), CounterRandom.Unit(_key, (ulong)index) < options.ValidationShare));

    public void Append(EncodedBatch batch)
    {
        foreach (var part in batch.Parts)
        {
            if (part.BeginsDocument)
            {
                DocumentCount++;
                WriteHeldBack();
            }

            TextBytes += part.TextBytes;
            var tokens = batch.Tokens.Tokens.Slice(part.Start, part.Count);
            if (part.ForValidation)
                validation.Append(tokens);
            else if (HoldsBack)
                _last.AddRange(tokens);
            else
                train.Append(tokens);
        }
    }

    public void Complete()
    {
        if (DocumentCount == 0)
            throw new EmptyDatasetException("The sources hold no text.");
        if (HoldsBack && train.TotalTokens > 0)
        {
            validation.Append(_last.ToArray());
            _last.Clear();
        }

        WriteHeldBack();
        if (train.TotalTokens == 0 || (options.ValidationShare > 0 && validation.TotalTokens == 0))
        {
            throw new EmptyDatasetException(
                $"The sources hold {DocumentCount} document(s), too few to set some aside for validation. Set"
                + " validation_split to TAIL to cut the text itself, or validation_share to 0.");
        }
    }

    private void WriteHeldBack()
    {
        if (_last.Count == 0)
            return;
        train.Append(_last.ToArray());
        _last.Clear();
    }
}
