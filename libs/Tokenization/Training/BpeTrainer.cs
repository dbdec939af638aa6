using System.Text;
using Platform.Tokenization.Bpe;
using Platform.Tokenization.Pretokenization;

namespace Platform.Tokenization.Training;

/// <summary>Byte-level BPE: counts the distinct words in parallel, then merges the most frequent pair again and
/// again.</summary>
internal static class BpeTrainer
{
    public static TrainedTokenizer Train(
        IEnumerable<TextChunk> chunks, TokenizerTrainingOptions options,
        IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var mergesWanted = options.VocabularySize - 256 - options.SpecialTokens.Count;
        var pretokenizer = Pretokenizer.For(options.Pattern);
        // The ids do not matter for finding special tokens in the text.
        var specials = new SpecialTokenTable(options.SpecialTokens.Index().ToDictionary(s => s.Item, s => s.Index));
        var splitter = new TextSplitter(pretokenizer.CanSplit, specials);
        var counters = TokenizerTrainer.CountParallel(
            chunks, splitter, options,
            () => new WordCounter(pretokenizer, specials, options.MaxDistinctBytes),
            (counter, section) => counter.Count(section.Span),
            progress, mergesWanted, cancellationToken);
        using var words = Join(counters, () => new WordCounter(pretokenizer, specials, options.MaxDistinctBytes));

        var merges = new List<Merge>();
        var throttle = new TokenizerTrainer.Throttle();
        Report();
        var floor = LikelyFloor(words, mergesWanted, options);
        var byCharacters = true;
        IReadOnlyList<byte[]> tokens;
        while (true)
        {
            using var merger = new PairMerger(
                words.Words, words.Counts, 256 + mergesWanted, floor, byCharacters,
                TokenizerTrainer.Parallelism(options, cancellationToken));
            FindMerges(merger);
            tokens = merger.Tokens;
            if (merges.Count == mergesWanted)
                break;
            if (merger.IsScattered)
                byCharacters = false;
            else if (floor > options.MinFrequency)
                floor = options.MinFrequency;
            else
                break;
        }

        Report();
        var tokenizer = Build(tokens, merges, options);
        return new TrainedTokenizer(
            tokenizer, splitter.BytesRead, splitter.Documents, words.Words.Count, merges.Count);

        // Counts only fall while pairs merge, so what is below the floor never comes up above it: a floor changes
        // nothing but how much has to be kept, until no pair above it is left.
        void FindMerges(PairMerger merger)
        {
            var done = 0;
            while (done < mergesWanted && !merger.IsScattered && merger.TryMerge(out var left, out var right))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (done == merges.Count)
                    merges.Add(new Merge(left, right, done, 256 + done));
                done++;
                if (throttle.IsDue())
                    Report();
            }
        }

        void Report() => progress?.Report(new TokenizerTrainingProgress(
            splitter.BytesRead, true, words.Words.Count, merges.Count, mergesWanted));
    }

    /// <summary>A frequency that the last merges are not likely to fall below. In books, reviews and articles, English
    /// and Chinese, the text had 7 to 11 times as many bytes as the last of 255 merges is frequent, taken times the
    /// merges; 17 to 25 times at 3,839, 20 to 35 at 7,935 and 20 to 55 at 16,127. Where little would be gained,
    /// none.</summary>
    private static long LikelyFloor(WordCounter words, int mergesWanted, TokenizerTrainingOptions options)
    {
        const int least = 8;
        var margin = 14 + mergesWanted / 290;
        var bytes = 0L;
        var counts = words.Counts.Span;
        for (var word = 0; word < words.Words.Count; word++)
            bytes += words.Words[word].Length * counts[word];
        var floor = bytes / margin / Math.Max(1, mergesWanted);
        return floor < least ? options.MinFrequency : Math.Max(options.MinFrequency, floor);
    }

    private static WordCounter Join(List<WordCounter> counters, Func<WordCounter> create)
    {
        if (counters.Count == 0)
            return create();
        var all = counters.MaxBy(counter => counter.Words.TotalBytes)!;
        foreach (var counter in counters)
        {
            if (counter == all)
                continue;
            all.Add(counter);
            counter.Dispose();
        }

        return all;
    }

    private static BpeTokenizer Build(
        IReadOnlyList<byte[]> tokens, List<Merge> merges, TokenizerTrainingOptions options)
    {
        var all = new List<byte[]>(tokens);
        var specials = new Dictionary<string, int>();
        foreach (var special in options.SpecialTokens)
        {
            // In the files both would have the same name.
            if (tokens.Any(token => Gpt2Bytes.ToText(token) == special))
            {
                throw new ArgumentException(
                    $"The special token {special} is also an ordinary token of this text; choose another text for it.",
                    nameof(options));
            }

            specials.Add(special, all.Count);
            all.Add(Encoding.UTF8.GetBytes(special));
        }

        var model = new BpeModel(new Vocabulary(all), merges, WholePieces: false);
        return new BpeTokenizer(model, options.Pattern, new SpecialTokenTable(specials));
    }
}
