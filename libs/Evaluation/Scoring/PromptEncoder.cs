using System.Globalization;
using Platform.Tokenization;

namespace Platform.Evals;

/// <summary>Turns prompts into tokens, each definition in its own way.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="contextLength">The longest input of the model in tokens.</param>
public sealed class PromptEncoder(TextTokenizer tokenizer, int contextLength)
{
    /// <summary>All continuations of a prompt, in order.</summary>
    /// <exception cref="UnscorableException">
    /// A continuation has no token or more than the model takes, a character is unknown to the tokenizer, or there is
    /// nothing to condition on.
    /// </exception>
    public IReadOnlyList<EncodedContinuation> Encode(Prompt prompt)
    {
        try
        {
            return prompt switch
            {
                TokenPrompt { Rows: var rows } =>
                    [.. rows.Select((row, i) => Join(row.Context, row.Continuation, i))],
                TextPrompt { Encoding: ContinuationEncoding.Apart } text => EncodeApart(text.Rows),
                _ => EncodeTogether(((TextPrompt)prompt).Rows),
            };
        }
        catch (UnknownCharacterException e)
        {
            throw new UnscorableException(e.Message);
        }
    }

    private List<EncodedContinuation> EncodeApart(IReadOnlyList<PromptRow> rows)
    {
        var contexts = Each(rows, context => tokenizer.Encode(context));
        return [.. rows.Select((row, i) => Join(contexts[row.Context], tokenizer.Encode(row.Continuation), i))];
    }

    // As lm-evaluation-harness's _encode_pair: the cut falls after as many tokens as the context alone has, even where
    // a token of the joint text crosses the border.
    private List<EncodedContinuation> EncodeTogether(IReadOnlyList<PromptRow> rows)
    {
        var counts = Each(
            rows, context => tokenizer.CountTokens(System.Text.Encoding.UTF8.GetBytes(PythonText.TrimEnd(context))));
        return
        [
            .. rows.Select((row, i) =>
            {
                // Spaces at the context's end go over to the continuation; the joint text is the same.
                var whole = tokenizer.Encode(row.Context + row.Continuation);
                var cut = Math.Min(counts[row.Context], whole.Length);
                return Join(whole[..cut], whole[cut..], i);
            }),
        ];
    }

    private static Dictionary<string, T> Each<T>(IReadOnlyList<PromptRow> rows, Func<string, T> encode) =>
        rows.Select(row => row.Context).Distinct(StringComparer.Ordinal).ToDictionary(context => context, encode);

    private EncodedContinuation Join(int[] context, int[] continuation, int index)
    {
        if (continuation.Length == 0)
            throw new UnscorableException(Invariant($"ending {index} has no tokens"));
        if (continuation.Length > contextLength)
        {
            throw new UnscorableException(
                Invariant($"ending {index} has {continuation.Length} tokens; the model takes {contextLength}"));
        }

        if (context.Length == 0)
        {
            context = tokenizer.EndOfText is { } end
                ? [end]
                : throw new UnscorableException(
                    "the context is empty, and the tokenizer has no end of text to begin with");
        }

        // The last token is only predicted, never an input, so one more than the model takes fits.
        var room = contextLength + 1 - continuation.Length;
        var kept = context.Length > room ? context[^room..] : context;
        return new EncodedContinuation([.. kept, .. continuation], kept.Length, kept.Length < context.Length);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
