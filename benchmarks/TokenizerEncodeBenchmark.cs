using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Platform.Tokenization;

namespace Platform.Benchmarks;

/// <summary><c>tokenizer-encode</c>: megabytes of text encoded a second, with as many threads as asked for, each on its
/// own part of the text.</summary>
internal static class TokenizerEncodeBenchmark
{
    public static Command Create()
    {
        var input = new Option<FileInfo>("--input") { Description = "Text file, UTF-8.", Required = true };
        var tokenizer = new Option<DirectoryInfo>("--tokenizer")
        {
            Description = "Folder of the tokenizer: tokenizer.json, or vocab.json and merges.txt, or encoder.json and "
                + "vocab.bpe. A folder called gpt2, cl100k or o200k may hold that encoding's .tiktoken file.",
            Required = true,
        };
        var threads = new Option<int>("--threads") { Description = "Threads.", DefaultValueFactory = _ => 1 };
        var repeat = new Option<int>("--repeat") { Description = "Measurements.", DefaultValueFactory = _ => 5 };
        var command = new Command("tokenizer-encode", "Megabytes (1e6) of text encoded a second.")
        {
            input, tokenizer, threads, repeat,
        };
        command.SetAction(result =>
        {
            var folder = result.GetValue(tokenizer)!;
            var loaded = TokenizerFiles.BuiltInIds.Contains(folder.Name)
                ? TokenizerFiles.LoadById(folder.Parent!.FullName, folder.Name)
                : TokenizerFiles.Load(folder.FullName);
            var file = result.GetValue(input)!;
            var text = File.ReadAllBytes(file.FullName);
            for (var i = 0; i < result.GetValue(repeat); i++)
                Measure(loaded, folder.Name, file.Name, text, result.GetValue(threads));
        });
        return command;
    }

    private static void Measure(TextTokenizer tokenizer, string tokenizerName, string input, byte[] text, int threads)
    {
        var parts = Divide(text, threads);
        // Memory for the tokens is found before the clock starts, as it is in a pipeline that reuses its buffers.
        var buffers = parts.Select(part => new TokenBuffer(part.Length / 2)).ToArray();
        var start = Stopwatch.GetTimestamp();
        if (threads == 1)
            tokenizer.Encode(text, buffers[0]);
        else
            Parallel.For(0, parts.Count, i => tokenizer.Encode(parts[i].Span, buffers[i]));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            name = "tokenizer-encode",
            value = Math.Round(text.Length / 1e6 / seconds, 2),
            unit = "MB/s",
            settings = new
            {
                input,
                input_bytes = text.Length,
                tokenizer = tokenizerName,
                threads,
                tokens = buffers.Sum(buffer => (long)buffer.Count),
            },
        }));
    }

    /// <summary>Parts of about equal size that end with a line.</summary>
    private static List<ReadOnlyMemory<byte>> Divide(byte[] text, int count)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        var start = 0;
        for (var i = 1; i < count; i++)
        {
            var wanted = (int)((long)text.Length * i / count);
            var line = text.AsSpan(wanted).IndexOf((byte)'\n');
            var end = line < 0 ? text.Length : wanted + line + 1;
            parts.Add(text.AsMemory(start, end - start));
            start = end;
        }

        parts.Add(text.AsMemory(start));
        return parts;
    }
}
