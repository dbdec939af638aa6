using System.CommandLine;
using System.Diagnostics;
using Platform.Tokenization;
using Platform.Tokenization.Training;

namespace Platform.Benchmarks;

/// <summary><c>tokenizer-train</c>: seconds to train a byte-level BPE from a text file, reading it included.</summary>
internal static class TokenizerTrainBenchmark
{
    private const int ChunkBytes = 1 << 20;

    public static Command Create()
    {
        var input = new Option<FileInfo>("--input") { Description = "Text file, UTF-8.", Required = true };
        var vocabularySize = new Option<int>("--vocab-size")
        {
            Description = "Tokens in all.",
            DefaultValueFactory = _ => 8192,
        };
        var threads = new Option<int>("--threads") { Description = "0 is one a core.", DefaultValueFactory = _ => 2 };
        var pattern = new Option<string>("--pattern")
        {
            Description = "gpt2, cl100k, o200k or a regular expression.",
            DefaultValueFactory = _ => "gpt2",
        };
        var repeat = Flags.Number("--repeat", 5, "measurements");
        var peers = new Option<bool>("--peers")
        {
            Description = "Measure SentencePiece (Debian's python3-sentencepiece) in turn.",
        };
        var command = new Command(
            "tokenizer-train",
            "Seconds to train a byte-level BPE tokenizer from a text file: the first time, then the median.")
        {
            input, vocabularySize, threads, pattern, repeat, peers,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var options = new TokenizerTrainingOptions
            {
                VocabularySize = result.GetValue(vocabularySize),
                Threads = result.GetValue(threads),
                Pattern = PretokenizerPattern.Parse(result.GetValue(pattern)!),
                SpecialTokens = ["<|endoftext|>"],
            };
            Run(result.GetValue(input)!, options, result.GetValue(repeat), result.GetValue(peers), cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Run(
        FileInfo input,
        TokenizerTrainingOptions options,
        int repeat,
        bool withPeers,
        CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, object>
        {
            ["input"] = input.Name,
            ["input_bytes"] = input.Length,
            ["vocab_size"] = options.VocabularySize,
            ["threads"] = options.Threads,
            ["pattern"] = options.Pattern.ToString(),
            ["repeat"] = repeat,
        };
        // As a user meets it who trains once: with the compilation of our own code.
        var first = Train(input, options, cancellationToken);
        settings["distinct_words"] = first.Trained.DistinctWords;
        settings["merges"] = first.Trained.Merges;
        new Measurement("tokenizer-train, the first time", Math.Round(first.Seconds, 4), "s", settings).Print();
        new Measurement("peak_rss_bytes of the first time", ProcessMemory.Peak(), "B", settings).Print();

        var works = new Dictionary<string, Func<double>>
        {
            ["tokenizer-train"] = () => Train(input, options, cancellationToken).Seconds,
        };
        using var sentencePiece = withPeers
            ? PeerProcess.TryStart(
                "/usr/bin/python3", "sentencepiece_train.py", input.FullName, $"{options.VocabularySize}",
                $"{options.Threads}")
            : null;
        if (sentencePiece is not null)
            works["SentencePiece"] = sentencePiece.Seconds;
        foreach (var measurement in Pairs.Measure(works, repeat, settings, seconds => seconds, "s"))
            measurement.Print();
    }

    private static (double Seconds, TrainedTokenizer Trained) Train(
        FileInfo input, TokenizerTrainingOptions options, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var trained = TokenizerTrainer.Train(Read(input), options, progress: null, cancellationToken);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, trained);
    }

    private static IEnumerable<TextChunk> Read(FileInfo input)
    {
        using var stream = input.OpenRead();
        while (true)
        {
            var chunk = new byte[ChunkBytes];
            var length = stream.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
            if (length == 0)
                yield break;
            yield return new TextChunk(chunk.AsMemory(0, length), EndsDocument: false);
        }
    }
}
