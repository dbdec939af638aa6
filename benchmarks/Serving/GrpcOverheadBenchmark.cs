using System.CommandLine;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Platform.Contracts.Inference.V1;
using Platform.InferenceHost;
using Platform.InferenceHost.Generation;
using Platform.Modeling;
using Platform.ServiceDefaults;
using Platform.Tokenization;
using Platform.Tokenization.Training;

namespace Platform.Benchmarks;

/// <summary>
/// <c>grpc-overhead</c>: the inference service as it is, in this process, its engine on one thread. Texts are read from
/// the engine directly and by a gRPC client in turns; of every token the time from the engine's choice to its reader.
/// </summary>
internal static class GrpcOverheadBenchmark
{
    private const string Prompt = "The boy runs to the red house.";

    private sealed record Settings(string Preset, string Precision, int Tokens, int Rounds, int Threads);

    public static Command Create()
    {
        var preset = Flags.Text("--preset", "gpt2", "gpt2, gpt2-medium …; random weights");
        var precision = Flags.Text("--precision", "bf16", "fp32, bf16 or int8");
        var tokens = Flags.Number("--tokens", 128, "tokens of a text");
        var rounds = Flags.Number("--rounds", 5, "texts read in each way");
        var threads = Flags.Number("--threads", 1, "threads of the engine");
        var command = new Command("grpc-overhead", "What gRPC adds to a token over calling the engine: milliseconds.")
        {
            preset, precision, tokens, rounds, threads,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new Settings(
                parsed.GetValue(preset)!, parsed.GetValue(precision)!, parsed.GetValue(tokens),
                parsed.GetValue(rounds), parsed.GetValue(threads)),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(Settings settings, CancellationToken cancellationToken)
    {
        MemoryTuning.Apply();
        ThreadTuning.Apply();
        var root = Directory.CreateTempSubdirectory("platform-benchmark-").FullName;
        try
        {
            var model = "path:" + WriteModel(settings.Preset, Path.Combine(root, "model"));
            await using var app = BuildService(settings, root);
            await app.StartAsync(cancellationToken);
            using var channel = GrpcChannel.ForAddress(app.Urls.First());
            using var chosen = new TokenTimes();
            var client = new InferenceService.InferenceServiceClient(channel);
            var engine = app.Services.GetRequiredService<TextGenerationFactory>();
            await WarmUpAsync(
                tokens => ReadByGrpcAsync(client, model, tokens, cancellationToken),
                tokens => ReadDirectlyAsync(engine, model, tokens, cancellationToken));
            var (compiled, collections) = (JitInfo.GetCompiledMethodCount(), GC.CollectionCount(0));
            var (direct, grpc) = (new List<List<double>>(), new List<List<double>>());
            var steps = new List<double>();
            for (var round = 0; round < settings.Rounds; round++)
            {
                foreach (var (rounds, read) in new (List<List<double>>, Func<Task<List<long>>>)[]
                {
                    (direct, () => ReadDirectlyAsync(engine, model, settings.Tokens, cancellationToken)),
                    (grpc, () => ReadByGrpcAsync(client, model, settings.Tokens, cancellationToken)),
                })
                {
                    chosen.Times.Clear();
                    var seen = await read();
                    rounds.Add([.. seen.Zip(chosen.Times, (at, begun) => Milliseconds(begun, at))]);
                    steps.AddRange(chosen.Times.Zip(chosen.Times.Skip(1), Milliseconds));
                }
            }

            Report(direct, grpc, new()
            {
                ["preset"] = settings.Preset,
                ["precision"] = settings.Precision,
                ["engine_threads"] = settings.Threads,
                ["rounds"] = settings.Rounds,
                ["tokens"] = settings.Rounds * settings.Tokens,
                ["median_step_ms"] = Statistics.Quantile(steps, 0.5),
                ["compiled_meanwhile"] = JitInfo.GetCompiledMethodCount() - compiled,
                ["collections_meanwhile"] = GC.CollectionCount(0) - collections,
            });
            await app.StopAsync(cancellationToken);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static string WriteModel(string preset, string folder)
    {
        Directory.CreateDirectory(folder);
        using var model = new Gpt(GptConfig.Preset(preset));
        ModelFolder.Save(model, folder);
        // Any tokenizer will do; ids beyond its own are never drawn, and the head is computed for all.
        var tokenizer = TokenizerTrainer.Train(
            Enumerable.Repeat(TextChunk.Document(Prompt), 3),
            new TokenizerTrainingOptions { VocabularySize = 300, SpecialTokens = ["<|endoftext|>"] }).Tokenizer;
        TokenizerFiles.SaveDefinition(tokenizer, Path.Combine(folder, "tokenizer.json"));
        return folder;
    }

    private static WebApplication BuildService(Settings settings, string root)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Platform:DataRoot"] = root,
            ["Kestrel:Endpoints:grpc:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:grpc:Protocols"] = "Http2",
            ["Kestrel:Endpoints:http:Url"] = "http://127.0.0.1:0",
            ["Inference:Threads"] = settings.Threads.ToString(CultureInfo.InvariantCulture),
            ["Inference:MaxConcurrent"] = "1",
            ["Inference:Precision"] = settings.Precision,
        });
        builder.Logging.ClearProviders(); // figures alone are printed
        builder.AddServiceDefaults("inference");
        builder.AddInference();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapInference();
        return app;
    }

    private static async Task<List<long>> ReadDirectlyAsync(
        TextGenerationFactory engine, string model, int tokens, CancellationToken cancellationToken)
    {
        using var generation = await engine.StartAsync(
            new GenerationRequest
            {
                Model = model,
                Prompt = Prompt,
                MaxTokens = tokens,
                IgnoreEndOfText = true,
                Sampling = new SamplingOptions { Seed = 1 },
                Caller = "benchmark",
            },
            cancellationToken);
        var times = new List<long>();
        await foreach (var _ in generation.ReadAsync(cancellationToken))
            times.Add(Stopwatch.GetTimestamp());
        return times;
    }

    private static async Task<List<long>> ReadByGrpcAsync(
        InferenceService.InferenceServiceClient client, string model, int tokens, CancellationToken cancellationToken)
    {
        using var call = client.StreamGenerate(
            new StreamGenerateRequest
            {
                Model = model,
                Prompt = Prompt,
                Sampling = new SamplingParameters { Seed = 1, MaxTokens = tokens, IgnoreEndOfText = true },
            },
            cancellationToken: cancellationToken);
        var times = new List<long>();
        while (await call.ResponseStream.MoveNext(cancellationToken))
            times.Add(Stopwatch.GetTimestamp());
        return times;
    }

    private static double Milliseconds(long begin, long end) => Stopwatch.GetElapsedTime(begin, end).TotalMilliseconds;

    // The runtime compiles what was called some thirty times a second and a third time, in the background and on the
    // core that the calls need; a service that has answered a hundred requests is done with it.
    private static async Task WarmUpAsync(params Func<int, Task>[] readings)
    {
        const int LeastRounds = 8;
        const int MostRounds = 25;
        const int Texts = 10; // of a round and a way
        const int Tokens = 8;
        const int Quiet = 10; // methods of a round
        var methods = 0L;
        for (var round = 0; round < MostRounds; round++)
        {
            if (round >= LeastRounds && JitInfo.GetCompiledMethodCount() - methods <= Quiet)
                return;
            methods = JitInfo.GetCompiledMethodCount();
            for (var text = 0; text < Texts; text++)
            {
                foreach (var read in readings)
                    await read(Tokens);
            }
        }
    }

    // Of all tokens together, and the median of the rounds, which another process's moment on the cores moves less.
    private static void Report(
        List<List<double>> direct, List<List<double>> grpc, Dictionary<string, object> described)
    {
        foreach (var (name, share) in new[] { ("p50", 0.5), ("p99", 0.99) })
        {
            var own = Statistics.Quantile([.. direct.SelectMany(round => round)], share);
            var through = Statistics.Quantile([.. grpc.SelectMany(round => round)], share);
            new Measurement($"engine_to_reader_{name}", own, "ms", described).Print();
            new Measurement($"engine_to_grpc_client_{name}", through, "ms", described).Print();
            new Measurement($"grpc_added_{name}", through - own, "ms", described).Print();
            var added = grpc.Zip(
                direct, (a, b) => Statistics.Quantile(a, share) - Statistics.Quantile(b, share)).ToList();
            new Measurement($"grpc_added_{name}_of_rounds", Statistics.Median(added), "ms", described).Print();
        }
    }

    /// <summary>When the engine has chosen each token: its own instruments tell, on its thread.</summary>
    private sealed class TokenTimes : IDisposable
    {
        private readonly MeterListener _listener = new();

        public TokenTimes()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name is "platform.inference.first_token" or "platform.inference.inter_token")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Times.Add(Stopwatch.GetTimestamp()));
            _listener.Start();
        }

        public List<long> Times { get; } = [];

        public void Dispose() => _listener.Dispose();
    }
}
