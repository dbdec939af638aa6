using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using Platform.Datasets.Catalog;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;
using Platform.ServiceDefaults;
using Platform.TokenizerHost.Datasets;
using Platform.TokenizerHost.Jobs;
using Platform.TokenizerHost.Tokenizers;
using Platform.Workspaces;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;
using Kind = Platform.Contracts.Tokenizer.V1.DatasetKind;

namespace Platform.TokenizerHost.Grpc;

/// <summary>Checks requests, calls, maps.</summary>
internal sealed class DatasetGrpcService(
    JobQueue<DatasetPreparation> preparations, UploadStore uploads, InputFiles inputs, TokenizerCatalog tokenizers,
    ResourceUsers users, IHostApplicationLifetime lifetime) : DatasetService.DatasetServiceBase
{
    private const int MaxChunkBytes = 1024 * 1024;
    private const int DefaultPreview = 10;
    private const int MaxPreview = 100;

    private static readonly JsonFormatter s_json =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    public override async Task<UploadFileResponse> UploadFile(
        IAsyncStreamReader<UploadFileRequest> requestStream, ServerCallContext context)
    {
        using var call = lifetime.LinkCall(context);
        if (!await requestStream.MoveNext(call.Token) || requestStream.Current.File is not { } file)
            throw new InvalidArgumentException("file", "The first message must describe the file.");
        var name = UploadName.TrySanitize(file.FileName, out var problem)
            ?? throw new InvalidArgumentException("file.file_name", problem!);
        if (file.SizeBytes < 0)
            throw new InvalidArgumentException("file.size_bytes", $"{file.SizeBytes} is negative.");

        using var upload = uploads.Begin(name);
        while (await requestStream.MoveNext(call.Token))
        {
            var request = requestStream.Current;
            if (request.PartCase != UploadFileRequest.PartOneofCase.Chunk)
                throw new InvalidArgumentException("chunk", "Every message but the first carries bytes.");
            if (request.Chunk.Length > MaxChunkBytes)
                throw new InvalidArgumentException("chunk", $"At most {MaxChunkBytes} bytes a message.");
            await upload.AppendAsync(request.Chunk.Memory, call.Token);
        }

        var kept = upload.Complete(file.SizeBytes, file.Sha256, uploads.Now);
        return new UploadFileResponse
        {
            Name = $"uploads/{kept.Id}",
            SizeBytes = kept.SizeBytes,
            Sha256 = kept.Sha256,
        };
    }

    public override Task<CreateDatasetResponse> CreateDataset(CreateDatasetRequest request, ServerCallContext context)
    {
        var spec = DatasetSpecRules.WithDefaults(request.Spec);
        var id = request.DatasetId;
        var problems = new Violations();
        problems.Require(id.Length == 0 || ResourceId.IsValid(id), "dataset_id", $"An id is {ResourceId.Rule}.");
        DatasetSpecRules.Check(spec, problems);
        problems.ThrowIfAny();
        // A repeated request is answered even where its inputs have gone since.
        if (preparations.FindByRequest(request.RequestId) is { } earlier)
            return Task.FromResult(new CreateDatasetResponse { Dataset = ToMessage(earlier) });
        CheckReferences(spec, problems);

        using var json = JsonDocument.Parse(s_json.Format(spec));
        var job = preparations.Create(id, request.DisplayName, request.RequestId, json.RootElement.Clone());
        return Task.FromResult(new CreateDatasetResponse { Dataset = ToMessage(job) });
    }

    public override Task<GetDatasetResponse> GetDataset(GetDatasetRequest request, ServerCallContext context) =>
        Task.FromResult(new GetDatasetResponse { Dataset = ToMessage(Find(request.Name)) });

    public override Task<ListDatasetsResponse> ListDatasets(ListDatasetsRequest request, ServerCallContext context)
    {
        var (page, next) = Paging.Slice(preparations.List(), request.PageSize, request.PageToken);
        var response = new ListDatasetsResponse { NextPageToken = next };
        response.Datasets.AddRange(page.Select(ToMessage));
        return Task.FromResult(response);
    }

    public override Task<DeleteDatasetResponse> DeleteDataset(DeleteDatasetRequest request, ServerCallContext context)
    {
        var job = Find(request.Name);
        if (users.FindFirst(request.Name) is { } user)
            throw new FailedPreconditionException("IN_USE", $"{request.Name} is used by {user}.");
        preparations.Delete(job.Id);
        return Task.FromResult(new DeleteDatasetResponse());
    }

    public override Task<CancelDatasetResponse> CancelDataset(CancelDatasetRequest request, ServerCallContext context)
    {
        var job = preparations.Cancel(Find(request.Name).Id);
        return Task.FromResult(new CancelDatasetResponse { Dataset = ToMessage(job) });
    }

    public override async Task WatchDataset(
        WatchDatasetRequest request,
        IServerStreamWriter<WatchDatasetResponse> responseStream,
        ServerCallContext context)
    {
        var id = Find(request.Name).Id;
        using var call = lifetime.LinkCall(context);
        await foreach (var job in preparations.WatchAsync(id, call.Token))
            await responseStream.WriteAsync(new WatchDatasetResponse { Dataset = ToMessage(job) }, call.Token);
    }

    public override async Task WatchDatasets(
        WatchDatasetsRequest request,
        IServerStreamWriter<WatchDatasetsResponse> responseStream,
        ServerCallContext context)
    {
        using var call = lifetime.LinkCall(context);
        var updates = ListFollower.FollowAsync(
            preparations.Changes,
            () => [.. preparations.List().Select(ToMessage)],
            dataset => dataset.Name["datasets/".Length..],
            id => preparations.Find(id) is { } job ? ToMessage(job) : null,
            call.Token);
        await foreach (var update in updates)
        {
            var message = update switch
            {
                { Snapshot: { } all } => new WatchDatasetsResponse
                {
                    Snapshot = new DatasetList { Datasets = { all } },
                },
                { Changed: { } changed } => new WatchDatasetsResponse { Changed = changed },
                _ => new WatchDatasetsResponse { Removed = $"datasets/{update.RemovedId}" },
            };
            await responseStream.WriteAsync(message, call.Token);
        }
    }

    public override Task<PreviewDatasetResponse> PreviewDataset(
        PreviewDatasetRequest request, ServerCallContext context)
    {
        if (request.Count is < 0 or > MaxPreview)
            throw new InvalidArgumentException("count", $"{request.Count} is not between 0 and {MaxPreview}.");
        var job = Find(request.Name);
        if (job.State != JobState.Succeeded)
        {
            throw new FailedPreconditionException(
                "DATASET_NOT_READY", $"{request.Name} is {job.State.ToString().ToUpperInvariant()}.");
        }

        var count = request.Count == 0 ? DefaultPreview : request.Count;
        var response = new PreviewDatasetResponse();
        var dataset = Open(job, out var damage) ?? throw damage!;
        if (DatasetMessages.Lengths(dataset.Manifest) is { } lengths)
            response.Lengths = lengths;
        foreach (var (text, tokens) in DatasetPreview.Read(dataset, count))
        {
            var document = new PreviewDocument { Text = text };
            if (tokens is { } known)
                document.TokenCount = known;
            response.Documents.Add(document);
        }

        return Task.FromResult(response);
    }

    public override Task<ListCatalogResponse> ListCatalog(ListCatalogRequest request, ServerCallContext context)
    {
        var response = new ListCatalogResponse();
        response.Entries.AddRange(KnownDatasets.All.Select(DatasetMessages.From));
        return Task.FromResult(response);
    }

    /// <summary>What can be known of inputs and tokenizer before the work begins.</summary>
    private void CheckReferences(DatasetSpec spec, Violations problems)
    {
        Probe(spec, spec.Inputs, "spec.inputs");
        Probe(spec, spec.ValidationInputs, "spec.validation_inputs");
        if (spec.Kind != Kind.Tokens)
            return;
        DatasetSpecRules.ResolveSeparator(spec, tokenizers.Get(spec.Tokenizer, "spec.tokenizer"), problems);
        problems.ThrowIfAny();
    }

    private void Probe(DatasetSpec spec, IReadOnlyList<string> references, string field)
    {
        var files = inputs.FindLocal(references, field, DatasetSource.KindOf(spec));
        if (spec.SkipBadRecords)
            return;
        if (spec.FromShards)
        {
            CheckShards(files, field);
            return;
        }

        var reader = DatasetSource.ReaderOf(spec, null);
        InputProbe.Check(
            files,
            (file, onRead) => spec.Kind == Kind.Items
                ? DocumentReader.ReadRecords(file, onRead).Select(record => (object)record)
                : reader.ReadTexts(file, mayCut: true, onRead).Select(text => (object)text),
            field);
    }

    private static void CheckShards(IReadOnlyList<SourceFile> files, string field)
    {
        try
        {
            ShardImport.Check(files);
        }
        catch (MalformedInputException e)
        {
            throw new InvalidArgumentException(field, e.Message);
        }
    }

    private Job Find(string name)
    {
        var id = ResourceName.TryParse(name, "datasets")?.Id
            ?? throw new InvalidArgumentException("name", $"'{name}' is not of the form datasets/{{dataset}}.");
        return preparations.Find(id) ?? throw JobQueue<DatasetPreparation>.NotFound(id);
    }

    /// <summary>A data set whose files were damaged since is shown as failed, so that a list of many still
    /// works.</summary>
    private Dataset ToMessage(Job job)
    {
        if (job.State != JobState.Succeeded)
            return DatasetMessages.From(job, null);
        if (Open(job, out var damage) is { } dataset)
            return DatasetMessages.From(job, dataset.Manifest);
        var failure = new JobFailure(damage!.Reason, damage.Message);
        return DatasetMessages.From(job with { State = JobState.Failed, Error = failure }, null);
    }

    private DatasetFolder? Open(Job job, out DataLossException? damage)
    {
        try
        {
            damage = null;
            return DatasetFolder.Open(preparations.FolderOf(job.Id));
        }
        catch (Exception e) when (e is DamagedDatasetException or DirectoryNotFoundException)
        {
            damage = new DataLossException("DATA_LOSS", e.Message, e);
            return null;
        }
    }
}
