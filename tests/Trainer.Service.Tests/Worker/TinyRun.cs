using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Platform.Contracts.Trainer.V1;
using Platform.Datasets;
using Platform.Datasets.Shards;
using Platform.Models;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.Workers;
using Platform.Workspaces;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>A data root with a small data set and one run, as the services would have made them.</summary>
internal sealed class TinyRun : IDisposable
{
    public const string Alphabet = "\nabcdefghijklmnopqrstuvwxyz .";

    private readonly TempFolder _temp = new();

    public TinyRun(Action<RunSpec>? configure = null)
    {
        WriteDataset("tiny", Sentences(200), Sentences(20));
        Spec_ = Spec();
        configure?.Invoke(Spec_);
        Write();
    }

    public RunSpec Spec_ { get; }

    public string DataRoot => _temp.Path;

    public string Folder => _temp["runs/tiny"];

    public string Dataset => _temp["datasets/tiny"];

    public CheckpointStore Checkpoints => new(Path.Combine(Folder, "checkpoints"));

    public RunBase Base { get; set; } = RunBase.New;

    /// <summary>A spec with every default filled in for a model of a few thousand parameters.</summary>
    public static RunSpec Spec() => new()
    {
        Dataset = "datasets/tiny",
        Model = new ModelSpec
        {
            NLayer = 2,
            NHead = 2,
            NEmbd = 16,
            BlockSize = 16,
            Bias = true,
            Dropout = 0,
            VocabMultiple = 8,
        },
        MaxSteps = 20,
        Batch = new BatchSpec { MicroBatchSize = 4, SequenceLength = 16, TokensPerStep = 64 },
        Optimizer = new OptimizerSpec
        {
            LearningRate = 1e-2,
            MinLearningRate = 1e-3,
            WarmupSteps = 2,
            Schedule = Schedule.Cosine,
            Beta1 = 0.9,
            Beta2 = 0.95,
            Epsilon = 1e-8,
            WeightDecay = 0.1,
            GradientClip = 1,
        },
        Precision = Precision.Fp32,
        Device = "cpu",
        Seed = 1337,
        Evaluation = new MeasurementSpec
        {
            ValidationInterval = 10,
            ValidationBatches = 2,
            SampleInterval = 0,
            SamplePrompt = "",
            SampleCount = 2,
            SampleTokens = 8,
        },
        Checkpoint = new CheckpointSpec { Interval = 5, KeepLast = 2 },
        Threads = 1,
        MaxRestarts = 3,
        RandomBatches = false,
    };

    /// <summary>Text that a small model can learn by heart.</summary>
    public static string Sentences(int count) =>
        string.Concat(Enumerable.Repeat("the cat sat on the mat. the dog lay by the log.\n", count));

    public void WriteDataset(string id, string train, string validation, string alphabet = Alphabet) =>
        WriteDataset(id, train, validation, Tokenizer(alphabet));

    public void WriteDataset(string id, string train, string validation, TextTokenizer tokenizer)
    {
        var folder = _temp[$"datasets/{id}"];
        ResourceFolder.Delete(folder);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, DatasetFolder.TokenizerFileName);
        TokenizerFiles.SaveDefinition(tokenizer, path);
        var trainShards = WriteShards(folder, ShardSplit.Train, tokenizer, train).ToList();
        var validationShards = WriteShards(folder, ShardSplit.Validation, tokenizer, validation).ToList();
        var manifest = new DatasetManifest
        {
            Id = id,
            Kind = DatasetKind.Tokens,
            CompleteTime = DateTimeOffset.UnixEpoch,
            DocumentCount = 1,
            TextBytes = train.Length + validation.Length,
            TrainTokens = trainShards.Sum(shard => shard.Tokens),
            ValidationTokens = validationShards.Sum(shard => shard.Tokens),
            Tokenizer = new DatasetTokenizer(
                "tokenizers/letters",
                CheckpointMark.Entry.Seal(path).Sha256,
                tokenizer.VocabularySize,
                SeparatorId: null),
            Files =
            [
                .. trainShards.Concat(validationShards)
                    .Select(s => new DatasetFile(s.Name, s.SizeBytes, s.Sha256, s.Tokens)),
            ],
        };
        AtomicFile.Write(
            Path.Combine(folder, DatasetManifest.FileName),
            JsonSerializer.SerializeToUtf8Bytes(manifest, WorkspaceJson.Indented));
    }

    /// <summary>Has HellaSwag's items graded in the loop, a few of them right.</summary>
    /// <param name="interval">Steps between two gradings.</param>
    /// <returns>The items' file.</returns>
    public string GradeItems(long interval)
    {
        // The harness's form begins with the activity and capital letters.
        WriteDataset("tiny", Sentences(200), Sentences(20), Alphabet + ":ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        var path = _temp["items.jsonl"];
        string[] endings = ["the mat.", "the log.", "a cat lay.", "on by on."];
        File.WriteAllLines(path, Enumerable.Range(0, 24).Select(i => new JsonObject
        {
            ["ind"] = i,
            ["activity_label"] = "Pets",
            ["ctx"] = i % 2 == 0 ? "the cat sat on" : "the dog lay by",
            ["endings"] = new JsonArray([.. endings.Select(ending => JsonValue.Create(ending))]),
            ["label"] = i % 4,
        }.ToJsonString()));
        Spec_.Evaluation.HellaswagInterval = interval;
        Spec_.Evaluation.HellaswagItems = "path:" + path;
        Spec_.Evaluation.HellaswagLimit = 0;
        Write();
        return path;
    }

    /// <summary>
    /// Takes most of some sequences and little of others out of the loss, as prompts of instructions are.
    /// </summary>
    public void Mask()
    {
        foreach (var shard in Directory.GetFiles(Dataset, "train*.bin"))
        {
            using var tokens = TokenShard.Open(shard);
            File.WriteAllBytes(
                shard + ShardFormat.MaskSuffix,
                [.. Enumerable.Range(0, (int)tokens.Count).Select(i => (byte)(i % 17 <= i / 17 % 16 ? 1 : 0))]);
        }
    }

    /// <summary>Writes run.json from the spec as it is now.</summary>
    public void Write()
    {
        var formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));
        AtomicFile.WriteText(Path.Combine(Folder, "run.json"), new JsonObject
        {
            ["format_version"] = 1,
            ["id"] = "tiny",
            ["create_time"] = "2026-01-02T03:04:05.678Z",
            ["spec"] = JsonNode.Parse(formatter.Format(Spec_)),
            ["base"] = Base.ToJson(),
        }.ToJsonString());
    }

    /// <summary>Trains in this process.</summary>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="stop">The wish to end; null: one of its own.</param>
    /// <param name="until">It is to end after this step.</param>
    /// <returns>The exit code.</returns>
    public int Train(int attempt = 1, StopRequest? stop = null, long? until = null)
    {
        using var own = new StopRequest();
        using var log = new WatchedWriter(text =>
        {
            if (until is not null && text.StartsWith($"{until} train ", StringComparison.Ordinal))
                own.Request("the test wants it");
        });
        var code = WorkerProgram.Run(
            new WorkerArguments(Folder, DataRoot, attempt), log, stop ?? own, TimeProvider.System);
        Log += log.ToString();
        // A test that did not expect this code then says why it came.
        if (code != WorkerProgram.FinishedExitCode)
            TestContext.Current.TestOutputHelper?.WriteLine(log.ToString());
        return code;
    }

    /// <summary>What <see cref="Train"/> has logged.</summary>
    public string Log { get; private set; } = "";

    /// <summary>The events of a type.</summary>
    public IReadOnlyList<JsonElement> Events(string type) =>
        [.. Lines("events.jsonl").Where(e => e.GetProperty("type").GetString() == type)];

    /// <summary>The reason and message of the last failure.</summary>
    public (string Reason, string Message) Failure()
    {
        var failed = Events("failed")[^1];
        return (failed.GetProperty("reason").GetString()!, failed.GetProperty("message").GetString()!);
    }

    /// <summary>The bits of each step's value, later attempts over earlier ones.</summary>
    public SortedDictionary<long, long> Series(string name)
    {
        var values = new SortedDictionary<long, long>();
        foreach (var line in Lines("metrics.jsonl"))
        {
            if (line.TryGetProperty(name, out var value))
                values[line.GetProperty("step").GetInt64()] = BitConverter.DoubleToInt64Bits(value.GetDouble());
        }

        return values;
    }

    public IReadOnlyList<JsonElement> Lines(string file) => JsonLinesFile.ReadAll(Path.Combine(Folder, file));

    public void Dispose() => _temp.Dispose();

    /// <summary>Whether two runs' curves and samples are the same to the bit.</summary>
    public static void AssertSameCurves(TinyRun expected, TinyRun actual)
    {
        foreach (var series in (string[])["train_loss", "gradient_norm", "learning_rate", "validation_loss"])
            Assert.Equal(expected.Series(series), actual.Series(series));
        Assert.Equal(Samples(expected), Samples(actual));
    }

    private static SortedDictionary<string, string> Samples(TinyRun run)
    {
        var samples = new SortedDictionary<string, string>();
        foreach (var line in run.Lines("samples.jsonl"))
            samples[$"{line.GetProperty("step")}/{line.GetProperty("index")}"] = line.GetProperty("text").GetString()!;
        return samples;
    }

    private static TextTokenizer Tokenizer(string alphabet) => TokenizerTrainer.Train(
        [TextChunk.Document(alphabet)],
        new TokenizerTrainingOptions { Algorithm = TokenizerAlgorithm.Character }).Tokenizer;

    private static IReadOnlyList<ShardFile> WriteShards(
        string folder, string split, TextTokenizer tokenizer, string text)
    {
        using var writer = new ShardWriter(folder, split, tokenizer.VocabularySize);
        writer.Append(tokenizer.Encode(text, SpecialTokenHandling.Allowed));
        return writer.Complete();
    }

    private sealed class WatchedWriter(Action<string> written) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void Write(string? value)
        {
            base.Write(value);
            written(value ?? "");
        }
    }
}
