using System.Globalization;
using System.Text;
using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.Evals;

/// <summary>Grades multiple-choice items with a model, both definitions in one pass.</summary>
public static class MultipleChoiceScorer
{
    /// <summary>Grades items in order; each is handed over as soon as it is done.</summary>
    /// <param name="model">Used by nothing else meanwhile; its gradients are not touched.</param>
    /// <param name="tokenizer">The one that the model was trained with.</param>
    /// <param name="items">Rendered items.</param>
    /// <param name="onItem">Gets every item, graded or skipped with the reason.</param>
    /// <param name="cancellationToken">Looked at before every item.</param>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was handed over stands.</exception>
    public static void Score(
        Gpt model,
        TextTokenizer tokenizer,
        IEnumerable<MultipleChoiceItem> items,
        Action<ItemResult> onItem,
        CancellationToken cancellationToken = default)
    {
        if (tokenizer.VocabularySize > model.Config.VocabSize)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"The tokenizer has {tokenizer.VocabularySize} tokens, the model {model.Config.VocabSize}."));
        }

        var encoder = new PromptEncoder(tokenizer, model.Config.BlockSize);
        using var scorer = new ContinuationScorer(model);
        foreach (var item in items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            onItem(Score(encoder, scorer, item));
        }
    }

    private static ItemResult Score(PromptEncoder encoder, ContinuationScorer scorer, MultipleChoiceItem item)
    {
        IReadOnlyList<EncodedContinuation> plain, harness;
        try
        {
            (plain, harness) = (encoder.Encode(item.Plain), encoder.Encode(item.Harness));
            if (item.HarnessLengthTexts.Any(text => text.Length == 0))
                throw new UnscorableException("an ending is empty once its brackets are removed");
        }
        catch (UnscorableException e)
        {
            return new ItemResult(null, new SkippedItem(item.Index, e.Message));
        }

        var (plainSums, harnessSums) = (scorer.Score(plain), scorer.Score(harness));
        var endings = item.Endings.Select((text, i) => new GradedEnding(
            text,
            plainSums[i],
            plain[i].Tokens.Length - plain[i].ScoreFrom,
            harnessSums[i],
            item.HarnessLengthTexts[i].EnumerateRunes().Count(),
            Encoding.UTF8.GetByteCount(item.HarnessLengthTexts[i])));
        var truncated = plain.Concat(harness).Any(row => row.Truncated);
        var graded = new GradedItem(item.Index, item.Activity, item.Context, [.. endings], item.Gold, truncated);
        return new ItemResult(graded, null);
    }
}
