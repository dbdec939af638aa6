using Platform.Datasets.Readers;
using Platform.Tokenization;

namespace Platform.Datasets.Preparation;

/// <summary>Divides texts into batches for several threads, and encodes one batch.</summary>
internal sealed class TextEncoder(TextTokenizer tokenizer, TokenOptions options)
{
    private const int BatchBytes = 1 << 17;
    private const int LongBytes = 1 << 19;
    private const int CutBytes = 1 << 18;

    /// <summary>Whether texts may be cut for this tokenizer.</summary>
    public static bool CanCut(TextTokenizer tokenizer) =>
        tokenizer is CharacterTokenizer || (tokenizer is BpeTokenizer bpe && bpe.Pattern.Name is not null);

    /// <summary>Long texts in parts that can be encoded apart; the same parts for the same texts, always.</summary>
    public IEnumerable<DividedText> Cut(IEnumerable<DividedText> texts)
    {
        var mayCut = CanCut(tokenizer) && options.Instructions is null;
        foreach (var text in texts)
        {
            var rest = text;
            while (mayCut && rest.Utf8.Length >= LongBytes
                && SafeCut.First(rest.Utf8.Span, CutBytes) is var cut and > 0)
            {
                yield return rest with { Utf8 = rest.Utf8[..cut] };
                rest = rest with { Utf8 = rest.Utf8[cut..], BeginsDocument = false };
            }

            yield return rest;
        }
    }

    /// <summary>Texts in batches that are worth a thread's while.</summary>
    public static IEnumerable<List<DividedText>> Batches(IEnumerable<DividedText> texts)
    {
        var batch = new List<DividedText>();
        var bytes = 0;
        foreach (var text in texts)
        {
            batch.Add(text);
            bytes += text.Utf8.Length;
            if (bytes < BatchBytes)
                continue;
            yield return batch;
            batch = [];
            bytes = 0;
        }

        if (batch.Count > 0)
            yield return batch;
    }

    public EncodedBatch Encode(List<DividedText> texts, CancellationToken cancellationToken)
    {
        var tokens = new TokenBuffer(texts.Sum(text => text.Utf8.Length) / 3);
        var parts = new List<EncodedPart>(texts.Count);
        try
        {
            foreach (var text in texts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                parts.Add(options.Instructions is { } instructions
                    ? Example(text, instructions, tokens)
                    : Plain(text, tokens));
            }
        }
        catch (UnknownCharacterException e)
        {
            throw new MalformedInputException("the text", 0, e.Message.TrimEnd('.'), e);
        }

        return new EncodedBatch(tokens, parts);
    }

    private EncodedPart Plain(DividedText text, TokenBuffer tokens)
    {
        var start = tokens.Count;
        if (text.BeginsDocument && options.SeparatorId is { } separator)
            tokens.Add(separator);
        tokenizer.Encode(text.Utf8.Span, tokens);
        var count = tokens.Count - start;
        return new EncodedPart(
            start, count, 0, count, count, text.Utf8.Length, text.ForValidation, text.BeginsDocument);
    }

    /// <summary>Prompt and response are encoded as one text, as they will be met; the mask ends where the prompt alone
    /// would (Stanford's and litgpt's way).</summary>
    private EncodedPart Example(DividedText text, InstructionOptions instructions, TokenBuffer tokens)
    {
        var start = tokens.Count;
        tokenizer.Encode(text.Utf8.Span, tokens);
        if (tokenizer.EndOfText is { } end)
            tokens.Add(end);
        var length = tokens.Count - start;
        var prompt = instructions.MaskPrompt ? tokenizer.CountTokens(text.Utf8.Span[..text.PromptBytes]) : 0;
        var count = instructions.RowTokens ?? length;
        for (var i = length; i < count; i++)
            tokens.Add(tokenizer.EndOfText ?? 0);
        return new EncodedPart(
            start, count, prompt, Math.Min(length, count), length, text.Utf8.Length, text.ForValidation, true);
    }
}
