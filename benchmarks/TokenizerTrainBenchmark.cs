using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
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
        var repeat = new Option<int>("--repeat") { Description = "Measurements.", DefaultValueFactory = _ => 5 };
        var command = new Command("tokenizer-train", "Seconds to train a byte-level BPE tokenizer from a text file.")
        {
            input, vocabularySize, threads, pattern, repeat,
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
            for (var i = 0; i < result.GetValue(repeat); i++)
                Measure(result.GetValue(input)!, options, cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Measure(FileInfo input, TokenizerTrainingOptions options, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var trained = TokenizerTrainer.Train(Read(input), options, progress: null, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            name = "tokenizer-train",
            value = Math.Round(seconds, 4),
            unit = "seconds",
            settings = new
            {
                input = input.Name,
                input_bytes = trained.BytesCounted,
                vocab_size = options.VocabularySize,
                threads = options.Threads,
                pattern = options.Pattern.ToString(),
                distinct_words = trained.DistinctWords,
                merges = trained.Merges,
                peak_rss_bytes = Process.GetCurrentProcess().PeakWorkingSet64,
            },
        }));
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
