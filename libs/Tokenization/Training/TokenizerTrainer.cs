using System.Collections.Concurrent;
using System.Diagnostics;

namespace Platform.Tokenization.Training;

/// <summary>Trains tokenizers from text.</summary>
public static class TokenizerTrainer
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="chunks">The text; read once, from one thread at a time.</param>
    /// <param name="options">What to train.</param>
    /// <param name="progress">Told about ten times a second, from any thread.</param>
    /// <param name="cancellationToken">Ends the training within a second, provided that the chunks come that fast.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="CorpusTooDiverseException">More distinct words than memory is allowed for.</exception>
    public static TrainedTokenizer Train(
        IEnumerable<TextChunk> chunks,
        TokenizerTrainingOptions options,
        IProgress<TokenizerTrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is [var (name, error), ..])
            throw new ArgumentException($"{name}: {error}", nameof(options));
        return options.Algorithm == TokenizerAlgorithm.Character
            ? CharacterTrainer.Train(chunks, options, progress, cancellationToken)
            : BpeTrainer.Train(chunks, options, progress, cancellationToken);
    }

    /// <summary>Runs one worker a thread over the text's blocks and returns the workers.</summary>
    internal static List<TWorker> CountParallel<TWorker>(
        IEnumerable<TextChunk> chunks, TextSplitter splitter, TokenizerTrainingOptions options,
        Func<TWorker> createWorker, Action<TWorker, ReadOnlyMemory<byte>> count,
        IProgress<TokenizerTrainingProgress>? progress, int mergesWanted, CancellationToken cancellationToken)
    {
        var workers = new ConcurrentBag<TWorker>();
        var throttle = new Throttle();
        var counted = 0L;
        var blocks = Partitioner.Create(splitter.Blocks(chunks), EnumerablePartitionerOptions.NoBuffering);
        try
        {
            Parallel.ForEach(blocks, Parallelism(options, cancellationToken), createWorker, (block, _, worker) =>
            {
                foreach (var section in block)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    count(worker, section);
                    var bytes = Interlocked.Add(ref counted, section.Length);
                    if (progress is not null && throttle.IsDue())
                        progress.Report(new TokenizerTrainingProgress(bytes, false, 0, 0, mergesWanted));
                }

                return worker;
            }, workers.Add);
        }
        catch (AggregateException e) when (e.InnerExceptions.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return [.. workers];
    }

    /// <summary>The threads that a training may use.</summary>
    internal static ParallelOptions Parallelism(
        TokenizerTrainingOptions options, CancellationToken cancellationToken) =>
        new()
        {
            MaxDegreeOfParallelism = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
            CancellationToken = cancellationToken,
        };

    /// <summary>Says when the next report of progress is due.</summary>
    internal sealed class Throttle
    {
        private long _last = Stopwatch.GetTimestamp();

        public bool IsDue()
        {
            var last = Interlocked.Read(ref _last);
            return Stopwatch.GetElapsedTime(last) >= s_progressInterval
                && Interlocked.CompareExchange(ref _last, Stopwatch.GetTimestamp(), last) == last;
        }
    }
}
