using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.EndToEnd.Tests.Suite;

/// <summary>A run of a very small model, long enough to be disturbed.</summary>
internal static class TinyRun
{
    private const string Id = "tiny";

    /// <summary>The run's name.</summary>
    public const string Name = "runs/" + Id;

    /// <summary>Makes text, tokenizer, shards and a run of <paramref name="steps"/> steps.</summary>
    public static async Task CreateAsync(RunningSuite suite, int steps, int checkpointInterval = 20)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var channel = suite.Channel("tokenizer");
        var datasets = new DatasetService.DatasetServiceClient(channel);
        var tokenizers = new TokenizerService.TokenizerServiceClient(channel);
        await datasets.CreateDatasetAsync(
            new CreateDatasetRequest
            {
                DatasetId = Id + "-text",
                Spec = new DatasetSpec
                {
                    Bundled = new BundledCorpus { Form = CorpusForm.Stories, Seed = 5, SizeBytes = 60_000 },
                },
            },
            cancellationToken: cancellationToken);
        await EndAsync(datasets, Id + "-text");
        await tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest
            {
                TokenizerId = Id,
                Spec = new TokenizerSpec { Inputs = { $"datasets/{Id}-text" }, VocabularySize = 300 },
            },
            cancellationToken: cancellationToken);
        using (var watch = tokenizers.WatchTokenizer(new WatchTokenizerRequest { Name = $"tokenizers/{Id}" }))
        {
            await foreach (var update in watch.ResponseStream.ReadAllAsync(cancellationToken))
                Assert.NotEqual(State.Failed, update.Tokenizer.State);
        }

        await datasets.CreateDatasetAsync(
            new CreateDatasetRequest
            {
                DatasetId = Id,
                Spec = new DatasetSpec { Inputs = { $"datasets/{Id}-text" }, Tokenizer = $"tokenizers/{Id}" },
            },
            cancellationToken: cancellationToken);
        await EndAsync(datasets, Id);
        await new RunService.RunServiceClient(suite.Channel("trainer")).CreateRunAsync(
            new CreateRunRequest { RunId = Id, Spec = Spec(steps, checkpointInterval) },
            cancellationToken: cancellationToken);
    }

    /// <summary>The run as it is now.</summary>
    public static async Task<Run> GetAsync(RunningSuite suite)
    {
        var response = await new RunService.RunServiceClient(suite.Channel("trainer")).GetRunAsync(
            new GetRunRequest { Name = Name }, cancellationToken: TestContext.Current.CancellationToken);
        return response.Run;
    }

    /// <summary>
    /// Waits until the run is in a state that holds; a service that is away for a moment is waited for.
    /// </summary>
    public static async Task<Run> UntilAsync(RunningSuite suite, Func<Run, bool> holds)
    {
        var run = new Run();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    run = await GetAsync(suite);
                    return holds(run);
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(90));
        return run;
    }

    /// <summary>The types of the run's events in order.</summary>
    public static async Task<IReadOnlyList<string>> EventsAsync(RunningSuite suite)
    {
        var response = await new RunService.RunServiceClient(suite.Channel("trainer")).ListEventsAsync(
            new ListEventsRequest { Run = Name }, cancellationToken: TestContext.Current.CancellationToken);
        return [.. response.Events.Select(item => item.Type)];
    }

    /// <summary>The process id of the run's worker, from its folder.</summary>
    public static int WorkerProcessId(RunningSuite suite)
    {
        var file = Path.Combine(suite.DataRoot, "runs", Id, "worker.json");
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.GetProperty("pid").GetInt32();
    }

    private static RunSpec Spec(int steps, int checkpointInterval) => new()
    {
        Dataset = $"datasets/{Id}",
        Model = new ModelSpec { NLayer = 2, NHead = 2, NEmbd = 32, BlockSize = 64 },
        MaxSteps = steps,
        Batch = new BatchSpec { MicroBatchSize = 8 },
        Evaluation = new MeasurementSpec { ValidationInterval = 0, ValidationBatches = 2 },
        Checkpoint = new CheckpointSpec { Interval = checkpointInterval },
    };

    private static async Task EndAsync(DatasetService.DatasetServiceClient datasets, string id)
    {
        using var watch = datasets.WatchDataset(new WatchDatasetRequest { Name = $"datasets/{id}" });
        await foreach (var update in watch.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
            Assert.NotEqual(State.Failed, update.Dataset.State);
    }
}
