using System.Globalization;
using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.Evals;

/// <summary>Grades items with a model, all definitions in one pass over them.</summary>
public static class ItemScorer
{
    // Items of a block are sorted by length for scoring and handed over in order: large blocks pad less, small ones
    // show progress sooner and lose less when the process dies.
    private const int BlockItems = 64;
    private const int BlockTokens = 16 * 1024;

    /// <summary>Grades items in order; each is handed over as soon as its block is done.</summary>
    /// <param name="model">Used by nothing else meanwhile; its gradients are not touched.</param>
    /// <param name="tokenizer">The one that the model was trained with.</param>
    /// <param name="entries">A task's entries.</param>
    /// <param name="onItem">Gets every item, graded or skipped with the reason.</param>
    /// <param name="cancellationToken">Looked at between passes through the model.</param>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was handed over stands.</exception>
    public static void Score(
        Gpt model,
        TextTokenizer tokenizer,
        IEnumerable<TaskEntry> entries,
        Action<ItemResult> onItem,
        CancellationToken cancellationToken = default) =>
        Score(model, tokenizer, entries, firstIndex: 0, onItem, cancellationToken);

    /// <summary>Goes on with a grading that was interrupted, and ends with the figures of one that was not.</summary>
    /// <inheritdoc cref="Score(Gpt, TextTokenizer, IEnumerable{TaskEntry}, Action{ItemResult}, CancellationToken)"/>
    /// <param name="model"/>
    /// <param name="tokenizer"/>
    /// <param name="entries">All of the task's, those that are done too.</param>
    /// <param name="firstIndex">The first item to be handed over. Those before it in its block are graded with it all
    /// the same, for rounding depends on the company.</param>
    /// <param name="onItem"/>
    /// <param name="cancellationToken"/>
    public static void Score(
        Gpt model,
        TextTokenizer tokenizer,
        IEnumerable<TaskEntry> entries,
        int firstIndex,
        Action<ItemResult> onItem,
        CancellationToken cancellationToken)
    {
        Check(model, tokenizer);
        var encoder = new PromptEncoder(tokenizer, model.Config.BlockSize);
        using var scorer = new ContinuationScorer(model);
        foreach (var block in Blocks(entries.Select(entry => Encode(entry, encoder))))
        {
            if (IndexOf(block[^1]) < firstIndex)
                continue;
            var items = block.Select(entry => entry.Item).OfType<EncodedItem>().ToList();
            using var graded = Score(scorer, items, cancellationToken).GetEnumerator();
            foreach (var (item, skipped) in block)
            {
                var result = new ItemResult(item is null ? null : Next(graded), skipped);
                if (IndexOf((item, skipped)) >= firstIndex)
                    onItem(result);
            }
        }
    }

    /// <summary>Grades items that are encoded already.</summary>
    internal static IEnumerable<GradedItem> Score(
        ContinuationScorer scorer, IReadOnlyList<EncodedItem> items, CancellationToken cancellationToken)
    {
        var groups = items.Select(item => item.Groups().ToList()).ToList();
        var scores = scorer.Score([.. groups.SelectMany(group => group)], cancellationToken);
        var at = 0;
        foreach (var (item, group) in items.Zip(groups))
        {
            yield return item.Graded([.. scores.Skip(at).Take(group.Count)]);
            at += group.Count;
        }
    }

    /// <summary>Encodes what an entry holds, or says why it cannot be scored.</summary>
    internal static (EncodedItem? Item, SkippedItem? Skipped) Encode(TaskEntry entry, PromptEncoder encoder)
    {
        if (entry.Item is null)
            return (null, new SkippedItem(entry.Index, entry.Problem!));
        try
        {
            return (EncodedItem.Of(entry.Item, encoder), null);
        }
        catch (UnscorableException e)
        {
            return (null, new SkippedItem(
                entry.Index, string.Create(CultureInfo.InvariantCulture, $"item {entry.Index}: {e.Message}")));
        }
    }

    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    internal static void Check(Gpt model, TextTokenizer tokenizer)
    {
        if (tokenizer.VocabularySize <= model.Config.VocabSize)
            return;
        throw new ArgumentException(string.Create(
            CultureInfo.InvariantCulture,
            $"The tokenizer has {tokenizer.VocabularySize} tokens, the model {model.Config.VocabSize}."));
    }

    private static int IndexOf((EncodedItem? Item, SkippedItem? Skipped) entry) =>
        entry.Item?.Item.Index ?? entry.Skipped!.Index;

    private static GradedItem Next(IEnumerator<GradedItem> items)
    {
        items.MoveNext();
        return items.Current;
    }

    private static IEnumerable<List<(EncodedItem? Item, SkippedItem? Skipped)>> Blocks(
        IEnumerable<(EncodedItem? Item, SkippedItem? Skipped)> entries)
    {
        var block = new List<(EncodedItem?, SkippedItem?)>();
        var tokens = 0;
        foreach (var entry in entries)
        {
            block.Add(entry);
            tokens += entry.Item?.TokenCount ?? 0;
            if (block.Count < BlockItems && tokens < BlockTokens)
                continue;
            yield return block;
            (block, tokens) = ([], 0);
        }

        if (block.Count > 0)
            yield return block;
    }
}
