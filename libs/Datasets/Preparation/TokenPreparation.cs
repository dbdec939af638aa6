using Platform.Datasets.Readers;
using Platform.Datasets.Shards;
using Platform.Tokenization;

namespace Platform.Datasets.Preparation;

/// <summary>
/// Turns documents into token shards. Several threads encode, one reads and writes in the documents' order, so the
/// shards are the same for any number of threads. How far it has come is noted on disk: work that was interrupted, even
/// by a kill, goes on there, and its shards are those of work that was not.
/// </summary>
/// <param name="tokenizer">Its ids are what is written.</param>
/// <param name="options">See there.</param>
public sealed class TokenPreparation(TextTokenizer tokenizer, TokenOptions options)
{
    private readonly TextEncoder _encoder = new(tokenizer, options);

    /// <summary>Whether long documents may come in parts for this tokenizer.</summary>
    public static bool CanCut(TextTokenizer tokenizer) => TextEncoder.CanCut(tokenizer);

    /// <summary>Writes all documents as shards into a folder, going on with what an earlier attempt left there.
    /// </summary>
    /// <param name="sources">What to read.</param>
    /// <param name="folder">Where to write them.</param>
    /// <param name="cancellationToken">Ends the work; it can be gone on with.</param>
    /// <exception cref="EmptyDatasetException">No text, or nothing to validate on though a share was asked for.
    /// </exception>
    public async Task<PreparedContent> WriteAsync(
        TokenSources sources, PreparationFolder folder, CancellationToken cancellationToken)
    {
        var state = ProgressState.TryRead<PreparationState>(folder);
        var trainCharacters = TrainCharacters(sources, cancellationToken);
        try
        {
            return await WriteAsync(sources, trainCharacters, folder, state, cancellationToken);
        }
        catch (DamagedShardException) when (state is not null)
        {
            // The state tells of what is not there: a disk's fault, and no reason to give up.
            folder.Clear();
            return await WriteAsync(sources, trainCharacters, folder, null, cancellationToken);
        }
    }

    private async Task<PreparedContent> WriteAsync(
        TokenSources sources, long? trainCharacters, PreparationFolder folder, PreparationState? state,
        CancellationToken cancellationToken)
    {
        var layout = Layout();
        using var train = new ShardWriter(folder.Path, ShardSplit.Train, layout, state?.Train);
        using var validation = new ShardWriter(folder.Path, ShardSplit.Validation, layout, state?.Validation);
        var draws = trainCharacters is null && options.ValidationShare > 0;
        var split = new SplitWriter(train, validation, options, draws, state?.Split ?? SplitState.Start());
        var parts = state?.Parts ?? 0;

        void Save()
        {
            if (!folder.GoesOn || split.State() is not { } splitState)
                return;
            folder.Save(new PreparationState
            {
                Fingerprint = folder.Fingerprint,
                Parts = parts,
                Split = splitState,
                Train = train.Flush(),
                Validation = validation.Flush(),
            });
        }

        try
        {
            await foreach (var batch in EncodeAsync(
                SkipFirst(Divide(sources, split, trainCharacters), parts), cancellationToken))
            {
                split.Append(batch);
                parts += batch.Parts.Count;
                if (folder.IsDue)
                    Save();
            }
        }
        catch (OperationCanceledException)
        {
            // Only ever between two batches, so that state and shards agree.
            Save();
            throw;
        }

        split.Complete(options.ValidationShare > 0 || sources.ReadValidation is not null);
        return new PreparedContent(
            [.. train.Complete().Concat(validation.Complete()).SelectMany(DatasetFile.Of)],
            split.DocumentCount,
            split.TextBytes,
            train.TotalTokens,
            validation.TotalTokens)
        {
            Lengths = split.Lengths,
            TruncatedCount = split.TruncatedCount,
        };
    }

    /// <summary>Encodes ahead on other threads; answers come in order.</summary>
    private async IAsyncEnumerable<EncodedBatch> EncodeAsync(
        IEnumerable<DividedText> texts,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pending = new Queue<Task<EncodedBatch>>();
        try
        {
            foreach (var batch in TextEncoder.Batches(texts))
            {
                cancellationToken.ThrowIfCancellationRequested();
                pending.Enqueue(Task.Run(() => _encoder.Encode(batch, cancellationToken), cancellationToken));
                while (pending.Count > 2 * options.Threads || (pending.Count > 0 && pending.Peek().IsCompleted))
                    yield return await pending.Dequeue();
            }

            while (pending.Count > 0)
                yield return await pending.Dequeue();
        }
        finally
        {
            // Nothing of this work runs on when it has ended.
            await Task.WhenAll(pending).ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private IEnumerable<DividedText> Divide(TokenSources sources, SplitWriter split, long? trainCharacters)
    {
        var texts = trainCharacters is { } characters
            ? TailSplit.Divide(sources.Read(), characters)
            : split.DivideDocuments(sources.Read());
        if (sources.ReadValidation is { } read)
        {
            texts = texts.Concat(Deferred(read).Select(
                text => new DividedText(text.Utf8, true, text.BeginsDocument, text.PromptBytes)));
        }

        return _encoder.Cut(texts);
    }

    private static IEnumerable<DividedText> SkipFirst(IEnumerable<DividedText> texts, long count)
    {
        foreach (var text in texts)
        {
            if (count-- <= 0)
                yield return text;
        }
    }

    private static IEnumerable<SourceText> Deferred(Func<IEnumerable<SourceText>> read)
    {
        foreach (var text in read())
            yield return text;
    }

    /// <summary>Characters before the cut where the tail validates; null where documents are drawn, or none.</summary>
    private long? TrainCharacters(TokenSources sources, CancellationToken cancellationToken)
    {
        if (options is { ValidationShare: 0 } or { ValidationFromTail: false } or { Instructions: not null })
            return null;
        var total = TailSplit.Count(sources.ReadToCount(), options.ValidationFromTail is null, cancellationToken);
        return (long?)(total * (1 - options.ValidationShare));
    }

    private ShardLayout Layout()
    {
        var rows = options.Instructions?.RowTokens ?? 1;
        return new ShardLayout(tokenizer.VocabularySize)
        {
            Kind = options.ShardKind,
            // Whole rows only, so that each shard stands for itself.
            ShardTokens = Math.Max(1, options.ShardTokens / rows) * rows,
            Masked = options.Instructions is { Masked: true },
        };
    }
}
