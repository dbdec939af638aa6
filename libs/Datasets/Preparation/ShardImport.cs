using Platform.Datasets.Readers;
using Platform.Datasets.Shards;
using Platform.Tokenization;

namespace Platform.Datasets.Preparation;

/// <summary>Takes token shards that were made elsewhere into a data set: checks every id, counts documents, and writes
/// shards of its own. How far it has come is noted on disk as <see cref="TokenPreparation"/> does: an import that was
/// interrupted, even by a kill, goes on there and reads nothing again.</summary>
/// <param name="tokenizer">What they were made with.</param>
/// <param name="options">Separator, validation share, shard size and format; the rest has no meaning here.</param>
/// <param name="report">Told of bytes read so far.</param>
public sealed class ShardImport(TextTokenizer tokenizer, TokenOptions options, Action<long> report)
{
    private const int BlockTokens = 1 << 16;

    private readonly int[] _block = new int[BlockTokens];
    private LengthHistogram _lengths = new();
    private long _openLength;
    private long _documents;
    private long _textBytes;
    private long _readBytes;
    private long _readTokens;

    /// <summary>Reads the files' headers.</summary>
    /// <returns>Tokens in all of them.</returns>
    /// <exception cref="MalformedInputException">One is no token file.</exception>
    public static long Check(IEnumerable<SourceFile> files)
    {
        var count = 0L;
        foreach (var file in files)
        {
            using var shard = Open(file);
            count += shard.Count;
        }

        return count;
    }

    /// <summary>Writes the shards, going on with what an earlier attempt left there.</summary>
    /// <param name="files">In order.</param>
    /// <param name="validationFiles">To validate on; where there are none, those of <paramref name="files"/> with
    /// <c>val</c> in their names, and else the last share of the tokens.</param>
    /// <param name="folder">Where to write them.</param>
    /// <param name="cancellationToken">Ends the work; it can be gone on with.</param>
    /// <exception cref="MalformedInputException">A file is none, or has an id that the tokenizer has not.</exception>
    /// <exception cref="EmptyDatasetException">Nothing to train on.</exception>
    public PreparedContent Write(
        IReadOnlyList<SourceFile> files, IReadOnlyList<SourceFile> validationFiles, PreparationFolder folder,
        CancellationToken cancellationToken)
    {
        if (validationFiles.Count == 0)
        {
            validationFiles = [.. files.Where(IsValidation)];
            files = [.. files.Where(file => !IsValidation(file))];
        }

        var state = ProgressState.TryRead<PreparationState>(folder);
        try
        {
            return Write(files, validationFiles, folder, state, cancellationToken);
        }
        catch (DamagedShardException) when (state is not null)
        {
            // The state tells of what is not there: a disk's fault, and no reason to give up.
            folder.Clear();
            return Write(files, validationFiles, folder, null, cancellationToken);
        }
    }

    private PreparedContent Write(
        IReadOnlyList<SourceFile> files, IReadOnlyList<SourceFile> validationFiles, PreparationFolder folder,
        PreparationState? state, CancellationToken cancellationToken)
    {
        var split = state?.Split ?? SplitState.Start();
        (_documents, _textBytes, _openLength, _lengths) =
            (split.DocumentCount, split.TextBytes, split.OpenLength, split.Lengths);
        (_readBytes, _readTokens) = (0, state?.Parts ?? 0);
        var tokens = Check(files);
        var trainTokens = validationFiles.Count > 0 ? tokens : tokens - (long)(tokens * options.ValidationShare);
        var layout = new ShardLayout(tokenizer.VocabularySize)
        {
            Kind = options.ShardKind,
            ShardTokens = options.ShardTokens,
        };
        using var train = new ShardWriter(folder.Path, ShardSplit.Train, layout, state?.Train);
        using var validation = new ShardWriter(folder.Path, ShardSplit.Validation, layout, state?.Validation);

        void AppendTrain(ReadOnlySpan<int> block)
        {
            var toTrain = (int)Math.Clamp(trainTokens - train.TotalTokens, 0, block.Length);
            train.Append(block[..toTrain]);
            validation.Append(block[toTrain..]);
        }

        void Written()
        {
            // Only ever between two blocks, so that state and shards agree.
            if (folder.IsDue || (folder.GoesOn && cancellationToken.IsCancellationRequested))
            {
                folder.Save(new PreparationState
                {
                    Fingerprint = folder.Fingerprint,
                    Parts = _readTokens,
                    Split = new SplitState(_documents, _textBytes, 0, _openLength, _lengths, []),
                    Train = train.Flush(),
                    Validation = validation.Flush(),
                });
            }

            cancellationToken.ThrowIfCancellationRequested();
        }

        var before = 0L;
        foreach (var file in files)
            before += Copy(file, before, AppendTrain, Written);
        // Behind it a document of the validation files is open, or none.
        if (_readTokens == before)
            EndDocument();
        foreach (var file in validationFiles)
            before += Copy(file, before, validation.Append, Written);
        EndDocument();
        if (train.TotalTokens == 0)
            throw new EmptyDatasetException("The shards hold no tokens to train on.");
        return new PreparedContent(
            [.. train.Complete().Concat(validation.Complete()).SelectMany(DatasetFile.Of)],
            _documents, _textBytes, train.TotalTokens, validation.TotalTokens)
        {
            Lengths = _lengths,
        };
    }

    private static bool IsValidation(SourceFile file) =>
        Path.GetFileName(file.Name).Contains(ShardSplit.Validation, StringComparison.OrdinalIgnoreCase);

    private static TokenShard Open(SourceFile file)
    {
        try
        {
            return TokenShard.OpenForeign(file.Path);
        }
        catch (DamagedShardException e)
        {
            throw new MalformedInputException(file.Name, 0, e.Reason, e);
        }
    }

    /// <summary>Copies what an earlier attempt has not.</summary>
    /// <returns>The file's tokens.</returns>
    private long Copy(SourceFile file, long before, BlockWriter write, Action written)
    {
        using var shard = Open(file);
        var done = Math.Clamp(_readTokens - before, 0, shard.Count);
        while (done < shard.Count)
        {
            var block = _block.AsSpan(0, (int)Math.Min(BlockTokens, shard.Count - done));
            shard.CopyTo(done, block);
            Count(block, file, done);
            write(block);
            done += block.Length;
            _readTokens += block.Length;
            report(_readBytes + file.SizeBytes * done / shard.Count);
            written();
        }

        _readBytes += file.SizeBytes;
        return shard.Count;
    }

    private void Count(ReadOnlySpan<int> block, SourceFile file, long before)
    {
        for (var i = 0; i < block.Length; i++)
        {
            var token = block[i];
            if (!tokenizer.IsToken(token))
            {
                throw new MalformedInputException(
                    file.Name, 0,
                    $"its token {before + i} is {token}, which the tokenizer, with a vocabulary of"
                    + $" {tokenizer.VocabularySize}, has not");
            }

            if (token == options.SeparatorId)
                EndDocument();
            else
                _textBytes += tokenizer.TokenBytes(token).Length;
            _openLength++;
        }
    }

    /// <summary>A separator stands before its document and belongs to it.</summary>
    private void EndDocument()
    {
        if (_openLength == 0)
            return;
        _documents++;
        _lengths.Add(_openLength);
        _openLength = 0;
    }

    private delegate void BlockWriter(ReadOnlySpan<int> block);
}
