using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts.Tokenizer.V1;
using Platform.ServiceDefaults;
using Platform.Tokenization;
using Platform.TokenizerHost.Jobs;
using Platform.TokenizerHost.Tokenizers;
using Platform.Workspaces;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Grpc;

/// <summary>Checks requests, calls, maps.</summary>
internal sealed class TokenizerGrpcService(
    JobQueue<TokenizerTraining> trainings, TokenizerCatalog catalog, ResourceUsers users, TrainingText text,
    DataRoot root, IHostApplicationLifetime lifetime) : TokenizerService.TokenizerServiceBase
{
    private const int MaxBatch = 1000;

    // A piece takes about 20 bytes of the answer for each token.
    private const int MaxBytesWithPieces = 512 * 1024;

    private static readonly JsonFormatter s_json =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    public override Task<CreateTokenizerResponse> CreateTokenizer(
        CreateTokenizerRequest request, ServerCallContext context)
    {
        var spec = TokenizerSpecRules.WithDefaults(request.Spec ?? new TokenizerSpec());
        var violations = new Violations();
        var id = request.TokenizerId;
        violations.Require(id.Length == 0 || ResourceId.IsValid(id), "tokenizer_id", $"An id is {ResourceId.Rule}.");
        violations.Require(!TokenizerFiles.BuiltInIds.Contains(id), "tokenizer_id",
            $"{id} is the name of a built-in tokenizer.");
        TokenizerSpecRules.Check(spec, violations);
        violations.ThrowIfAny();
        // Looked for now, so that the caller hears at once of an input that is not there; read when training begins.
        _ = text.Open(spec.Inputs);

        using var json = JsonDocument.Parse(s_json.Format(spec));
        var job = trainings.Create(id, request.DisplayName, request.RequestId, json.RootElement.Clone());
        return Task.FromResult(new CreateTokenizerResponse { Tokenizer = ToMessage(job) });
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

    public override Task<EncodeResponse> Encode(EncodeRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        CheckBatch(request.Texts.Count, "texts", violations);
        violations.Require(
            !request.IncludePieces || request.Texts.Sum(Encoding.UTF8.GetByteCount) <= MaxBytesWithPieces,
            "include_pieces", $"With pieces, the texts have at most {MaxBytesWithPieces} bytes together.");
        violations.ThrowIfAny();

        var tokenizer = catalog.Get(request.Tokenizer, "tokenizer");
        var response = new EncodeResponse();
        for (var i = 0; i < request.Texts.Count; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            try
            {
                var utf8 = Encoding.UTF8.GetBytes(request.Texts[i]);
                response.Texts.Add(
                    TokenizerMessages.From(tokenizer, utf8, request.AllowSpecial, request.IncludePieces));
            }
            catch (UnknownCharacterException e)
            {
                throw new InvalidArgumentException($"texts[{i}]", e.Message);
            }
        }

        return Task.FromResult(response);
    }

    public override Task<DecodeResponse> Decode(DecodeRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        CheckBatch(request.Sequences.Count, "sequences", violations);
        violations.ThrowIfAny();

        var tokenizer = catalog.Get(request.Tokenizer, "tokenizer");
        var response = new DecodeResponse();
        for (var i = 0; i < request.Sequences.Count; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var ids = request.Sequences[i].Ids.ToArray();
            for (var j = 0; j < ids.Length; j++)
            {
                violations.Require(tokenizer.IsToken(ids[j]), $"sequences[{i}].ids[{j}]",
                    $"{ids[j]} is no token of {request.Tokenizer}, whose vocabulary size is {tokenizer.VocabularySize}.");
                violations.ThrowIfAny();
            }

            if (request.SkipSpecial)
                ids = [.. ids.Where(id => !tokenizer.IsSpecial(id))];
            var bytes = tokenizer.DecodeBytes(ids);
            response.Texts.Add(Encoding.UTF8.GetString(bytes));
            response.TextsBytes.Add(UnsafeByteOperations.UnsafeWrap(bytes));
        }

        return Task.FromResult(response);
    }

    private static void CheckBatch(int count, string field, Violations violations) =>
        violations.Require(count <= MaxBatch, field, $"At most {MaxBatch} at once; not {count}.");

    // Those made here, newest first, then those that only have their files, built-in ones last.
    private List<object> List()
    {
        var trained = trainings.List();
        var others = root.Ids("tokenizers")
            .Except(trained.Select(job => job.Id))
            .Where(catalog.HasFiles)
            .OrderBy(id => TokenizerFiles.BuiltInIds.Contains(id));
        return [.. trained, .. others];
    }

    private Tokenizer ToMessage(object entry) => entry is Job job ? ToMessage(job) : ToMessage((string)entry);

    private Tokenizer Find(string name)
    {
        var id = TokenizerCatalog.Id(name, "name");
        return trainings.Find(id) is { } job ? ToMessage(job) : ToMessage(id);
    }

    private Tokenizer ToMessage(Job job) => TokenizerMessages.From(job, trainings.FolderOf(job.Id));

    private Tokenizer ToMessage(string id) => TokenizerMessages.From(
        id, catalog.Get(id), Directory.GetCreationTimeUtc(Path.Combine(root.Tokenizers, id)));
}
