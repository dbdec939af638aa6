using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using Platform.Tokenization;

namespace Platform.Benchmarks;

/// <summary><c>tokenizer-encode</c>: megabytes of text encoded a second, with as many threads as asked for, each on its
/// own part of the text; beside it Microsoft.ML.Tokenizers and tiktoken (WASM) in turn on one thread.</summary>
internal static class TokenizerEncodeBenchmark
{
    private const int PartsPerThread = 64;

    private static readonly Dictionary<string, string> s_tiktokenNames = new()
    {
        ["gpt2"] = "gpt2",
        ["r50k"] = "gpt2",
        ["cl100k"] = "cl100k_base",
        ["o200k"] = "o200k_base",
    };

    public static Command Create()
    {
        var input = new Option<FileInfo>("--input") { Description = "Text file, UTF-8.", Required = true };
        var tokenizer = new Option<DirectoryInfo>("--tokenizer")
        {
            Description = "Folder of the tokenizer: tokenizer.json, or vocab.json and merges.txt, or encoder.json and "
                + "vocab.bpe. A folder called gpt2, r50k, cl100k or o200k is that encoding's.",
            Required = true,
        };
        var threads = Flags.Number("--threads", 1, "threads");
        var repeat = Flags.Number("--repeat", 5, "measurements");
        var peers = new Option<bool>("--peers")
        {
            Description =
                "Measure Microsoft.ML.Tokenizers and tiktoken (node, npm install in benchmarks/peers) in turn.",
        };
        var command = new Command("tokenizer-encode", "Megabytes (1e6) of text encoded a second: medians.")
        {
            input, tokenizer, threads, repeat, peers,
        };
        command.SetAction(result =>
        {
            var folder = result.GetValue(tokenizer)!;
            var loaded = TokenizerFiles.BuiltInIds.Contains(folder.Name)
                ? TokenizerFiles.LoadById(folder.Parent!.FullName, folder.Name)
                : TokenizerFiles.Load(folder.FullName);
            Run(loaded, folder.Name, result.GetValue(input)!, result.GetValue(threads), result.GetValue(repeat),
                result.GetValue(peers));
        });
        return command;
    }

    private static void Run(
        TextTokenizer tokenizer, string name, FileInfo input, int threads, int repeat, bool withPeers)
    {
        var text = File.ReadAllBytes(input.FullName);
        var chars = Encoding.UTF8.GetString(text);
        var works = new Dictionary<string, Func<double>>
        {
            ["tokenizer-encode"] = Work(tokenizer, text, 1),
        };
        HostScaling? host = null;
        if (threads > 1)
        {
            works[$"tokenizer-encode, {threads} threads"] = Work(tokenizer, text, threads);
            var one = works["tokenizer-encode"];
            host = new HostScaling(threads, Enumerable.Range(0, 3).Min(_ => one()));
            works["arithmetic alone"] = host.One;
            works[$"arithmetic alone, {threads} threads"] = host.Several;
        }

        using var tiktoken = withPeers && s_tiktokenNames.TryGetValue(name, out var encoding)
            ? PeerProcess.TryStart("node", "tiktoken_encode.mjs", encoding, input.FullName)
            : null;
        if (tiktoken is not null)
            works["tiktoken (WASM)"] = tiktoken.Seconds;
        if (withPeers && TryCreateMicrosoft(tokenizer) is { } microsoft)
        {
            works["Microsoft.ML.Tokenizers"] = () =>
            {
                var start = Stopwatch.GetTimestamp();
                _ = microsoft.EncodeToIds(chars);
                return Stopwatch.GetElapsedTime(start).TotalSeconds;
            };
        }

        var settings = new Dictionary<string, object>
        {
            ["input"] = input.Name,
            ["input_bytes"] = text.Length,
            ["tokenizer"] = name,
            ["threads"] = threads,
            ["repeat"] = repeat,
            ["tokens"] = tokenizer.CountTokens(text),
        };
        var measurements = Pairs.Measure(works, repeat, settings, seconds => text.Length / 1e6 / seconds, "MB/s");
        foreach (var measurement in measurements.Where(m => !m.Name.Contains("arithmetic", StringComparison.Ordinal)))
            measurement.Print();
        if (host is not null)
        {
            new Measurement(
                $"arithmetic alone, {threads} threads / one", Math.Round(host.Speedup(), 3), "1", settings).Print();
        }
    }

    private static Func<double> Work(TextTokenizer tokenizer, byte[] text, int threads)
    {
        // Several parts for each thread, taken as they come: a pipeline's threads do not wait for the slowest either.
        var parts = Divide(text, threads == 1 ? 1 : PartsPerThread * threads);
        // Used again each time, as in a pipeline: else the collector works beside the threads.
        var buffers = parts.Select(part => new TokenBuffer(part.Length / 2)).ToArray();
        return () =>
        {
            foreach (var buffer in buffers)
                buffer.Clear();
            var start = Stopwatch.GetTimestamp();
            if (threads == 1)
                tokenizer.Encode(text, buffers[0]);
            else
                EncodeParts(tokenizer, parts, buffers, threads);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        };
    }

    private static void EncodeParts(
        TextTokenizer tokenizer, List<ReadOnlyMemory<byte>> parts, TokenBuffer[] buffers, int threads)
    {
        var next = -1;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            while (Interlocked.Increment(ref next) is var part && part < parts.Count)
                tokenizer.Encode(parts[part].Span, buffers[part]);
        });
    }

    /// <summary>The package's own implementation of the same ranks; null where the tokenizer has no ranks.</summary>
    private static TiktokenTokenizer? TryCreateMicrosoft(TextTokenizer tokenizer)
    {
        if (tokenizer is not Tokenization.BpeTokenizer bpe)
            return null;
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var files = TokenizerFiles.Export(tokenizer, Tokenization.TokenizerFormat.Tiktoken, folder.FullName);
            using var ranks = File.OpenRead(Path.Combine(folder.FullName, files[0]));
            return TiktokenTokenizer.Create(
                ranks, new RegexPreTokenizer(new Regex(bpe.Pattern.Regex, RegexOptions.Compiled), null), null, null);
        }
        catch (TokenizerFormatException e)
        {
            Console.Error.WriteLine(e.Message);
            return null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
