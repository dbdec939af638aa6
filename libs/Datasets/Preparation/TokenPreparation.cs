using System.Buffers;
using System.Text;
using Platform.Datasets.Readers;
using Platform.Datasets.Shards;
using Platform.Tokenization;

namespace Platform.Datasets.Preparation;

/// <summary>
/// Turns documents into token shards. Several threads encode, one writes in the documents' order, so the shards are the
/// same for any number of threads.
/// </summary>
/// <param name="tokenizer">Its ids are what is written.</param>
/// <param name="options">See there.</param>
public sealed class TokenPreparation(TextTokenizer tokenizer, TokenOptions options)
{
    private const int BatchChars = 1 << 17;

    private readonly bool _canCut = TextPieces.CanCut(tokenizer);

    /// <summary>Writes all documents as shards into a folder.</summary>
    /// <param name="read">Reads the documents; called twice where validation comes from the tail.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="EmptyDatasetException">No text, or nothing to validate on though a share was asked for.
    /// </exception>
    /// <exception cref="MalformedInputException">The tokenizer cannot encode a document.</exception>
    public async Task<PreparedContent> WriteAsync(
        Func<IEnumerable<SourceDocument>> read, string folder, CancellationToken cancellationToken)
    {
        var size = tokenizer.VocabularySize;
        using var train = new ShardWriter(folder, ShardSplit.Train, size, options.ShardTokens);
        using var validation = new ShardWriter(folder, ShardSplit.Validation, size, options.ShardTokens);
        var fromTail = options.ValidationShare > 0 && (options.ValidationFromTail ?? !read().Skip(1).Any());
        var split = new SplitWriter(train, validation, options with { ValidationFromTail = fromTail });
        var texts = fromTail
            ? TailSplit.Divide(read, options.ValidationShare, cancellationToken)
            : split.DivideDocuments(read().Select(document => document.Text));

        var pending = new Queue<Task<EncodedBatch>>();
        foreach (var batch in Batches(texts))
        {
            cancellationToken.ThrowIfCancellationRequested();
            pending.Enqueue(Task.Run(() => Encode(batch, cancellationToken), cancellationToken));
            if (pending.Count > 2 * options.Threads)
                split.Append(await pending.Dequeue());
        }

        while (pending.TryDequeue(out var encoding))
            split.Append(await encoding);
        split.Complete();
        return new PreparedContent(
            [.. train.Complete().Concat(validation.Complete()).Select(
                file => new DatasetFile(file.Name, file.SizeBytes, file.Sha256, Tokens: file.Tokens))],
            split.DocumentCount,
            split.TextBytes,
            train.TotalTokens,
            validation.TotalTokens);
    }

    private IEnumerable<List<TextPart>> Batches(IEnumerable<DividedText> texts)
    {
        var batch = new List<TextPart>();
        var chars = 0;
        foreach (var text in texts)
        {
            var first = text.BeginsDocument;
            foreach (var piece in _canCut ? TextPieces.Cut(text.Text) : [text.Text])
            {
                batch.Add(new TextPart(piece, text.ForValidation, first));
                first = false;
                chars += piece.Length;
                if (chars < BatchChars)
                    continue;
                yield return batch;
                batch = [];
                chars = 0;
            }
        }

        if (batch.Count > 0)
            yield return batch;
    }

    private EncodedBatch Encode(List<TextPart> parts, CancellationToken cancellationToken)
    {
        var tokens = new TokenBuffer(BatchChars / 2);
        var encoded = new List<EncodedPart>(parts.Count);
        foreach (var part in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = tokens.Count;
            if (part.BeginsDocument && options.SeparatorId is { } separator)
                tokens.Add(separator);
            var bytes = EncodeText(part.Text.Span, tokens);
            encoded.Add(new EncodedPart(start, tokens.Count - start, bytes, part.ForValidation, part.BeginsDocument));
        }

        return new EncodedBatch(tokens, encoded);
    }

    private int EncodeText(ReadOnlySpan<char> text, TokenBuffer tokens)
    {
        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            var count = Encoding.UTF8.GetBytes(text, utf8);
            tokenizer.Encode(utf8.AsSpan(0, count), tokens);
            return count;
        }
        catch (UnknownCharacterException e)
        {
            throw new MalformedInputException("the text", 0, e.Message.TrimEnd('.'), e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
        }
    }

    private sealed record TextPart(ReadOnlyMemory<char> Text, bool ForValidation, bool BeginsDocument);
}
