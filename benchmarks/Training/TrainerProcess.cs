using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Grpc.Net.Client;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Datasets;
using Platform.Datasets.Shards;
using Platform.Models;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using Platform.Workspaces;

namespace Platform.Benchmarks;

/// <summary>Trainer.Service as a process of its own, over a data root that lasts as long, with a data set of random
/// tokens for GPT-2's vocabulary.</summary>
internal sealed class TrainerProcess : IAsyncDisposable
{
    /// <summary>A data set of as many characters as tiny Shakespeare has; the other one has GPT-2's
    /// vocabulary.</summary>
    public const string Characters = "datasets/characters";

    private const string Random = "datasets/random";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _root;
    private readonly Process _process;
    private readonly GrpcChannel _channel;

    private TrainerProcess(DirectoryInfo root, Process process, int port)
    {
        (_root, _process) = (root, process);
        _channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        Runs = new RunService.RunServiceClient(_channel);
    }

    public RunService.RunServiceClient Runs { get; }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="prepare">Fills the data root before the start.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TrainerProcess> StartAsync(
        Action<DataRoot>? prepare = null, CancellationToken cancellationToken = default)
    {
        var root = Directory.CreateTempSubdirectory("platform-benchmark-");
        WriteDataset(root.FullName, Random, vocabulary: 50257);
        WriteDataset(root.FullName, Characters, vocabulary: 65);
        prepare?.Invoke(new DataRoot(root.FullName));
        var port = FreePort();
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Trainer.Service"))
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true, // figures alone are printed
            Environment =
            {
                ["Platform__DataRoot"] = root.FullName,
                ["Kestrel__Endpoints__grpc__Url"] = string.Create(
                    CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
                ["Kestrel__Endpoints__grpc__Protocols"] = "Http2",
                ["Kestrel__Endpoints__http__Url"] = "http://127.0.0.1:0",
                ["Logging__LogLevel__Default"] = "None",
            },
        })!;
        var service = new TrainerProcess(root, process, port);
        await service._channel.ConnectAsync(cancellationToken).WaitAsync(s_patience, cancellationToken);
        return service;
    }

    /// <summary>A run of GPT-2 124M on random tokens.</summary>
    public static RunSpec Spec(
        string preset, Modeling.Precision precision, int batch, int sequence, long steps) => new()
        {
            Dataset = Random,
            Model = new ModelSpec { Preset = preset },
            MaxSteps = steps,
            Batch = new BatchSpec
            {
                MicroBatchSize = batch,
                SequenceLength = sequence,
                TokensPerStep = (long)batch * sequence,
            },
            Precision = precision == Modeling.Precision.Bf16
            ? Precision.Bf16
            : Precision.Fp32,
            Device = "cpu",
            Evaluation = new MeasurementSpec { ValidationInterval = 0, SampleInterval = 0 },
            Checkpoint = new CheckpointSpec { Interval = 0, KeepLast = 1 },
        };

    /// <summary>Starts a run.</summary>
    public async Task<string> CreateAsync(RunSpec spec, CancellationToken cancellationToken) =>
        (await Runs.CreateRunAsync(
            new CreateRunRequest { Spec = spec, Force = true }, cancellationToken: cancellationToken)).Run.Name;

    /// <summary>Follows a run until some message says what is waited for, or the run has ended.</summary>
    /// <exception cref="InvalidOperationException">The run failed.</exception>
    public async Task FollowAsync(string run, Func<WatchRunResponse, bool> until, CancellationToken cancellationToken)
    {
        using var call = Runs.WatchRun(new WatchRunRequest { Name = run }, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var message = call.ResponseStream.Current;
            if (message.Run is { State: State.Failed } failed)
                throw new InvalidOperationException($"{failed.Name}: {failed.Error.Message}");
            if (message.Run is { State: State.Succeeded or State.Cancelled } || until(message))
                return;
        }
    }

    /// <summary>Trains a run to its end.</summary>
    /// <returns>Its name and the values of some of its series, a list each.</returns>
    public async Task<(string Run, IReadOnlyList<double>[] Values)> TrainAsync(
        RunSpec spec, IReadOnlyList<string> series, CancellationToken cancellationToken)
    {
        var run = await CreateAsync(spec, cancellationToken);
        await FollowAsync(run, _ => false, cancellationToken);
        var curves = await Runs.GetMetricsAsync(
            new GetMetricsRequest { Runs = { run }, Series = { series }, MaxBuckets = 10_000 },
            cancellationToken: cancellationToken);
        return (run, [.. series.Select(name => curves.Curves.Single(curve => curve.Series == name).Last)]);
    }

    /// <summary>Ends a run, and waits until it has.</summary>
    public async Task CancelAsync(string run)
    {
        await Runs.CancelRunAsync(new CancelRunRequest { Name = run });
        await FollowAsync(run, _ => false, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        // In order, so that no worker goes on.
        using (var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await stop.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _root.Delete(recursive: true);
    }

    private static void WriteDataset(string root, string name, int vocabulary)
    {
        var folder = Path.Combine(root, name);
        Directory.CreateDirectory(folder);
        // Which characters does not matter.
        var characters = Enumerable.Range(0x20000, 30_000).Concat(Enumerable.Range(0xAC00, 11_000))
            .Concat(Enumerable.Range(0x4E00, 20_000)).Take(vocabulary).Select(char.ConvertFromUtf32);
        var tokenizer = TokenizerTrainer.Train(
            [TextChunk.Document(string.Concat(characters))],
            new TokenizerTrainingOptions { Algorithm = TokenizerAlgorithm.Character }).Tokenizer;
        var path = Path.Combine(folder, DatasetFolder.TokenizerFileName);
        TokenizerFiles.SaveDefinition(tokenizer, path);
        var random = new System.Random(1);
        var shards = new[] { (ShardSplit.Train, 2_000_000), (ShardSplit.Validation, 100_000) }
            .Select(split =>
            {
                using var writer = new ShardWriter(folder, split.Item1, tokenizer.VocabularySize);
                writer.Append([.. Enumerable.Range(0, split.Item2).Select(_ => random.Next(vocabulary))]);
                return writer.Complete();
            }).ToList();
        var manifest = new DatasetManifest
        {
            Id = name["datasets/".Length..],
            Kind = DatasetKind.Tokens,
            CompleteTime = DateTimeOffset.UnixEpoch,
            DocumentCount = 1,
            TextBytes = 2_100_000,
            TrainTokens = shards[0].Sum(shard => shard.Tokens),
            ValidationTokens = shards[1].Sum(shard => shard.Tokens),
            Tokenizer = new DatasetTokenizer(
                "tokenizers/characters",
                CheckpointMark.Entry.Seal(path).Sha256,
                tokenizer.VocabularySize,
                SeparatorId: null),
            Files =
            [
                .. shards.SelectMany(split => split)
                    .Select(s => new DatasetFile(s.Name, s.SizeBytes, s.Sha256, s.Tokens)),
            ],
        };
        AtomicFile.Write(
            Path.Combine(folder, DatasetManifest.FileName),
            JsonSerializer.SerializeToUtf8Bytes(manifest, WorkspaceJson.Indented));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
