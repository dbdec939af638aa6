using System.CommandLine;
using System.Diagnostics;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.Tokenization;

namespace Platform.Benchmarks;

/// <summary><c>shards</c>: megabytes of text a second from a text file to token shards with their hashes, all of the
/// pipeline: reading, checking, dividing, encoding, writing, flushing.</summary>
internal static class ShardsBenchmark
{
    public static Command Create()
    {
        var input = new Option<FileInfo>("--input") { Description = "Text file, UTF-8.", Required = true };
        var tokenizer = new Option<DirectoryInfo>("--tokenizer")
        {
            Description = "Folder of the tokenizer, as for tokenizer-encode.",
            Required = true,
        };
        var threads = Flags.Number("--threads", 2, "threads that encode");
        var copies = Flags.Number("--copies", 10, "how often the input is read, as files of one data set");
        var repeat = Flags.Number("--repeat", 5, "measurements");
        var command = new Command("shards", "Megabytes (1e6) of text a second from a text file to token shards.")
        {
            input, tokenizer, threads, copies, repeat,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var folder = result.GetValue(tokenizer)!;
            var loaded = TokenizerFiles.BuiltInIds.Contains(folder.Name)
                ? TokenizerFiles.LoadById(folder.Parent!.FullName, folder.Name)
                : TokenizerFiles.Load(folder.FullName);
            var file = SourceFile.Find(result.GetValue(input)!.FullName)[0];
            for (var i = 0; i < result.GetValue(repeat); i++)
            {
                await MeasureAsync(
                    loaded, folder.Name, file, result.GetValue(copies), result.GetValue(threads), cancellationToken);
            }
        });
        return command;
    }

    private static async Task MeasureAsync(
        TextTokenizer tokenizer, string name, SourceFile file, int copies, int threads, CancellationToken stop)
    {
        var reader = new DocumentReader(RecordText.OfField("text"));
        var options = new TokenOptions { SeparatorId = tokenizer.EndOfText, Threads = threads };
        var sources = new TokenSources(() => Enumerable.Repeat(file, copies)
            .SelectMany(copy => reader.ReadTexts(copy, TokenPreparation.CanCut(tokenizer))));
        var folder = Directory.CreateTempSubdirectory("platform-shards-");
        try
        {
            var start = Stopwatch.GetTimestamp();
            var content = await new TokenPreparation(tokenizer, options).WriteAsync(
                sources, new PreparationFolder(folder.FullName) { Fingerprint = "benchmark" }, stop);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            new Measurement(
                "shards",
                Math.Round(content.TextBytes / 1e6 / seconds, 2),
                "MB/s",
                new Dictionary<string, object>
                {
                    ["input"] = file.Name,
                    ["input_bytes"] = content.TextBytes,
                    ["tokenizer"] = name,
                    ["threads"] = threads,
                    ["tokens"] = content.TrainTokens + content.ValidationTokens,
                }).Print();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
