using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.FakeSuite.Services;

internal sealed class FakeDatasets(World world) : DatasetService.DatasetServiceBase
{
    public override async Task<UploadFileResponse> UploadFile(
        IAsyncStreamReader<UploadFileRequest> requests, ServerCallContext context)
    {
        long size = 0;
        await foreach (var request in requests.ReadAllAsync(context.CancellationToken))
            size += request.Chunk.Length;
        return new() { Name = "uploads/plain-finch-9c3d", SizeBytes = size, Sha256 = new string('0', 64) };
    }

    public override Task<CreateDatasetResponse> CreateDataset(CreateDatasetRequest request, ServerCallContext context)
    {
        if (request.Spec.Inputs.Count == 0 && request.Spec.Bundled is null)
            throw Refusal.Field("spec.inputs", "One source is needed, or bundled.");
        var dataset = new Dataset
        {
            Name = "datasets/" + (request.DatasetId.Length > 0 ? request.DatasetId : "warm-lark-77aa"),
            State = State.Queued,
            Spec = request.Spec,
            CreateTime = World.Now,
        };
        world.Change(() => world.Datasets.Insert(0, dataset));
        return Task.FromResult(new CreateDatasetResponse { Dataset = dataset.Clone() });
    }

    public override Task<ListDatasetsResponse> ListDatasets(ListDatasetsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new ListDatasetsResponse();
            answer.Datasets.AddRange(world.Datasets.Select(d => d.Clone()));
            return Task.FromResult(answer);
        }
    }

    public override Task<DeleteDatasetResponse> DeleteDataset(
        DeleteDatasetRequest request, ServerCallContext context) =>
        throw Refusal.Conflict($"{request.Name} is used by runs/stories-base.");

    public override Task WatchDatasets(
        WatchDatasetsRequest request, IServerStreamWriter<WatchDatasetsResponse> stream, ServerCallContext context) =>
        Watching.ListAsync(
            world,
            () => world.Datasets,
            item => item.Name,
            (all, changed, removed) => stream.WriteAsync(all is not null
                ? new() { Snapshot = new() { Datasets = { all } } }
                : changed is not null ? new() { Changed = changed } : new() { Removed = removed }),
            context.CancellationToken);

    public override Task<ListCatalogResponse> ListCatalog(ListCatalogRequest request, ServerCallContext context)
    {
        var answer = new ListCatalogResponse();
        answer.Entries.AddRange(
        [
            new() { Name = "imdb", Description = "Reviews of films.", License = "see its home", TextField = "text" },
            new() { Name = "tinyshakespeare", Description = "Plays of Shakespeare.", License = "public domain" },
        ]);
        return Task.FromResult(answer);
    }

    public override async Task WatchDataset(
        WatchDatasetRequest request, IServerStreamWriter<WatchDatasetResponse> stream, ServerCallContext context)
    {
        Dataset? sent = null;
        await Watching.EachChangeAsync(world, SendAsync, context.CancellationToken);

        async Task<bool> SendAsync()
        {
            Dataset now;
            lock (world.Lock)
                now = world.Datasets.Find(d => d.Name == request.Name)?.Clone() ?? throw Refusal.NotFound(request.Name);
            if (!now.Equals(sent))
                await stream.WriteAsync(new() { Dataset = sent = now }, context.CancellationToken);
            return now.State is State.Running or State.Queued;
        }
    }

    public override Task<PreviewDatasetResponse> PreviewDataset(
        PreviewDatasetRequest request, ServerCallContext context)
    {
        var answer = new PreviewDatasetResponse
        {
            Lengths = new LengthHistogram { Shortest = 31, Longest = 211, Mean = 78.4, Unit = "tokens" },
        };
        answer.Lengths.Buckets.AddRange(
        [
            new() { From = 24, Count = 310 },
            new() { From = 64, Count = 3_900 },
            new() { From = 128, Count = 1_000 },
        ]);
        for (var i = 0; i < request.Count; i++)
        {
            answer.Documents.Add(new PreviewDocument
            {
                Text = "Mira the baker lived by the river in Aldren. One morning her brass key was gone.\n\n"
                    + "She looked under the flour sacks, and behind the oven, and at last she asked the miller.",
                TokenCount = 48 + i,
            });
        }

        return Task.FromResult(answer);
    }
}
