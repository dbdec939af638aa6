using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Readers;
using Platform.ServiceDefaults;
using Platform.Tokenization;
using Platform.TokenizerHost.Datasets;
using Platform.TokenizerHost.Jobs;
using Platform.TokenizerHost.Tokenizers;
using Platform.Workspaces;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Grpc;

/// <summary>Checks requests, calls, maps.</summary>
internal sealed partial class TokenizerGrpcService(
    JobQueue<TokenizerTraining> trainings, TokenizerCatalog catalog, ResourceUsers users, TrainingText text,
    ImportFiles imports, UploadStore uploads, TextMeasures measures, DataRoot root, IHostApplicationLifetime lifetime)
    : TokenizerService.TokenizerServiceBase
{
    private const int MaxChunkBytes = 1024 * 1024;

    private static readonly byte[] s_separator = Encoding.UTF8.GetBytes(DocumentReader.Separator);

    private static readonly JsonFormatter s_json =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    public override Task<CreateTokenizerResponse> CreateTokenizer(
        CreateTokenizerRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateTokenizerResponse { Tokenizer = Create(request, Check(request)) });

    public override async Task<CreateTokenizerFromStreamResponse> CreateTokenizerFromStream(
        IAsyncStreamReader<CreateTokenizerFromStreamRequest> requestStream, ServerCallContext context)
    {
        using var call = lifetime.LinkCall(context);
        if (!await requestStream.MoveNext(call.Token) || requestStream.Current.Request is not { } request)
            throw new InvalidArgumentException("request", "The first message must say what to train.");
        if (request.Spec is { Inputs.Count: > 0 } or { Import: not null })
            throw new InvalidArgumentException("request.spec.inputs", "The text comes by the stream.");
        request = request.Clone();
        request.Spec ??= new TokenizerSpec();
        // Checked before the text is taken in, with a name in the place of the one that the text will have.
        request.Spec.Inputs.Add("uploads/stream");
        var spec = Check(request);
        using var upload = uploads.Begin("stream.txt");
        while (await requestStream.MoveNext(call.Token))
        {
            var part = requestStream.Current;
            if (part.PartCase == CreateTokenizerFromStreamRequest.PartOneofCase.Request)
                throw new InvalidArgumentException("text", "Every message but the first carries text.");
            if (part.Text.Length > MaxChunkBytes)
                throw new InvalidArgumentException("text", $"At most {MaxChunkBytes} bytes a message.");
            await upload.AppendAsync(part.Text.Memory, call.Token);
            if (part.EndsDocument)
                await upload.AppendAsync(s_separator, call.Token);
        }

        spec.Inputs[0] = $"uploads/{upload.Complete(0, string.Empty, uploads.Now).Id}";
        return new CreateTokenizerFromStreamResponse { Tokenizer = Create(request, spec) };
    }

    public override Task<GetTokenizerResponse> GetTokenizer(GetTokenizerRequest request, ServerCallContext context) =>
        Task.FromResult(new GetTokenizerResponse { Tokenizer = Find(request.Name) });

    public override Task<ListTokenizersResponse> ListTokenizers(
        ListTokenizersRequest request, ServerCallContext context)
    {
        var (page, next) = Paging.Slice(List(), request.PageSize, request.PageToken);
        var response = new ListTokenizersResponse { NextPageToken = next };
        response.Tokenizers.AddRange(page.Select(ToMessage));
        return Task.FromResult(response);
    }

    public override async Task WatchTokenizers(
        WatchTokenizersRequest request, IServerStreamWriter<WatchTokenizersResponse> responseStream,
        ServerCallContext context)
    {
        using var call = lifetime.LinkCall(context);
        var updates = ListFollower.FollowAsync(
            trainings.Changes,
            () => [.. List().Select(ToMessage)],
            tokenizer => tokenizer.Name["tokenizers/".Length..],
            id => trainings.Find(id) is { } job ? ToMessage(job) : null,
            call.Token);
        await foreach (var update in updates)
        {
            var message = update switch
            {
                { Snapshot: { } all } =>
                    new WatchTokenizersResponse { Snapshot = new TokenizerList { Tokenizers = { all } } },
                { Changed: { } changed } => new WatchTokenizersResponse { Changed = changed },
                _ => new WatchTokenizersResponse { Removed = $"tokenizers/{update.RemovedId}" },
            };
            await responseStream.WriteAsync(message, call.Token);
        }
    }

    public override Task<DeleteTokenizerResponse> DeleteTokenizer(
        DeleteTokenizerRequest request, ServerCallContext context)
    {
        var id = TokenizerCatalog.Id(request.Name, "name");
        if (trainings.Find(id) is null)
        {
            _ = catalog.Get(id);
            throw new FailedPreconditionException("NOT_MADE_HERE",
                $"{request.Name} was not trained here; its files in {root.Tokenizers} are yours to delete.");
        }

        if (users.FindFirst(request.Name) is { } user)
            throw new FailedPreconditionException("IN_USE", $"{request.Name} is used by {user}.");
        trainings.Delete(id);
        return Task.FromResult(new DeleteTokenizerResponse());
    }

    public override Task<CancelTokenizerResponse> CancelTokenizer(
        CancelTokenizerRequest request, ServerCallContext context)
    {
        var id = TokenizerCatalog.Id(request.Name, "name");
        return Task.FromResult(new CancelTokenizerResponse { Tokenizer = ToMessage(trainings.Cancel(id)) });
    }

    public override async Task WatchTokenizer(
        WatchTokenizerRequest request, IServerStreamWriter<WatchTokenizerResponse> responseStream,
        ServerCallContext context)
    {
        var id = TokenizerCatalog.Id(request.Name, "name");
        if (trainings.Find(id) is null)
        {
            await responseStream.WriteAsync(new WatchTokenizerResponse { Tokenizer = ToMessage(id) });
            return;
        }

        using var call = lifetime.LinkCall(context);
        await foreach (var job in trainings.WatchAsync(id, call.Token))
        {
            await responseStream.WriteAsync(new WatchTokenizerResponse { Tokenizer = ToMessage(job) }, call.Token);
        }
    }

    // Those made here, newest first, then those that only have their files, built-in ones last.
    private List<object> List()
    {
        var made = trainings.List();
        var byHand = root.Ids("tokenizers").Except(TokenizerFiles.BuiltInIds).Where(catalog.HasFiles);
        return [.. made, .. byHand.Concat(TokenizerFiles.BuiltInIds).Except(made.Select(job => job.Id))];
    }

    private Tokenizer ToMessage(object entry) => entry is Job job ? ToMessage(job) : ToMessage((string)entry);

    private Tokenizer Find(string name)
    {
        var id = TokenizerCatalog.Id(name, "name");
        return trainings.Find(id) is { } job ? ToMessage(job) : ToMessage(id);
    }

    private Tokenizer ToMessage(Job job) => TokenizerMessages.From(job, trainings.FolderOf(job.Id));

    private Tokenizer ToMessage(string id)
    {
        var folder = Path.Combine(root.Tokenizers, id);
        return TokenizerFiles.FindBuiltIn(id) is { } known
            ? TokenizerMessages.From(known, Directory.Exists(folder) ? Directory.GetCreationTimeUtc(folder) : null)
            : TokenizerMessages.From(id, catalog.Get(id), Directory.GetCreationTimeUtc(folder));
    }

    /// <summary>The spec with its defaults.</summary>
    /// <exception cref="InvalidArgumentException">Something in the request is wrong.</exception>
    private static TokenizerSpec Check(CreateTokenizerRequest request)
    {
        var spec = TokenizerSpecRules.WithDefaults(request.Spec ?? new TokenizerSpec());
        var violations = new Violations();
        var id = request.TokenizerId;
        violations.Require(id.Length == 0 || ResourceId.IsValid(id), "tokenizer_id", $"An id is {ResourceId.Rule}.");
        violations.Require(spec.Import is not null || !TokenizerFiles.BuiltInIds.Contains(id), "tokenizer_id",
            $"{id} is the name of a built-in tokenizer, which can only be imported.");
        TokenizerSpecRules.Check(spec, violations);
        violations.ThrowIfAny();
        return spec;
    }

    private Tokenizer Create(CreateTokenizerRequest request, TokenizerSpec spec)
    {
        // Looked at now, so that the caller hears at once of what is wrong; read when the work begins.
        if (spec.Import is not null)
            imports.Check(spec.Import.Inputs);
        else
            text.Check(spec);
        using var json = JsonDocument.Parse(s_json.Format(spec));
        return ToMessage(trainings.Create(
            request.TokenizerId, request.DisplayName, request.RequestId, json.RootElement.Clone()));
    }
}
