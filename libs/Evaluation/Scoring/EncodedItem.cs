namespace Platform.Evals;

/// <summary>An item in tokens, ready for any model with that tokenizer.</summary>
/// <param name="Item">The item.</param>
/// <param name="Plain">build-nanogpt's rows; null where the item has none.</param>
/// <param name="Harness">lm-evaluation-harness's rows; null where the item has none.</param>
public sealed record EncodedItem(
    EvaluationItem Item, IReadOnlyList<EncodedContinuation>? Plain, IReadOnlyList<EncodedContinuation>? Harness)
{
    /// <summary>Tokens of all rows.</summary>
    public int TokenCount => Rows.Sum(row => row.Tokens.Length);

    /// <summary>Whether a context was cut.</summary>
    public bool Truncated => Rows.Any(row => row.Truncated);

    private IEnumerable<EncodedContinuation> Rows => (Plain ?? []).Concat(Harness ?? []);

    /// <summary>Encodes an item.</summary>
    /// <exception cref="UnscorableException">It cannot be scored.</exception>
    public static EncodedItem Of(EvaluationItem item, PromptEncoder encoder)
    {
        if (item.HarnessLengthTexts?.Any(text => text.Length == 0) == true)
            throw new UnscorableException("an ending is empty once it is cleaned");
        return new EncodedItem(
            item,
            item.Plain is { } plain ? encoder.Encode(plain) : null,
            item.Harness is { } harness ? encoder.Encode(harness) : null);
    }

    /// <summary>What is to be scored: the two renderings that there are.</summary>
    internal IEnumerable<RowGroup> Groups()
    {
        if (Plain is not null)
            yield return new RowGroup(Plain);
        if (Harness is not null)
            yield return new RowGroup(Harness, Item.AsksGreedy);
    }

    /// <summary>The item with its scores, in the order of <see cref="Groups"/>.</summary>
    internal GradedItem Graded(IReadOnlyList<ScoredContinuation[]> scores)
    {
        var plain = Plain is null ? null : scores[0];
        var harness = Harness is null ? null : scores[^1];
        var texts = (Item.Harness as TextPrompt)?.Rows;
        var common = texts?.Select(row => row.Context).Distinct(StringComparer.Ordinal).Count() == 1
            ? texts[0].Context
            : null;
        var endings = Item.Endings.Select((text, i) => new GradedEnding(
            text,
            plain?[i].LogProbability,
            Plain is null ? null : Plain[i].Tokens.Length - Plain[i].ScoreFrom,
            harness?[i].LogProbability,
            harness is null ? null : Item.HarnessLengthTexts?[i].EnumerateRunes().Count(),
            Item.Span?.Bytes ?? (harness is null || Item.HarnessLengthTexts is not { } lengths
                ? null
                : System.Text.Encoding.UTF8.GetByteCount(lengths[i])))
        {
            HarnessContext = common is null ? texts?[i].Context : null,
            HarnessContinuation = texts?[i].Continuation,
            HarnessTokenCount = Harness is null ? null : Harness[i].Tokens.Length - Harness[i].ScoreFrom,
            Greedy = Item.AsksGreedy ? harness?[i].Greedy : null,
            Words = Item.Span?.Words,
        });
        return new GradedItem(Item.Index, Item.Activity, Item.Context, [.. endings], Item.Gold, Truncated)
        {
            HarnessContext = common,
        };
    }
}
