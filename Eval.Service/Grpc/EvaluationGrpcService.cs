using Grpc.Core;
using Platform.Contracts.Eval.V1;
using Platform.EvalHost.Evaluations;
using Platform.Evals;
using Platform.ServiceDefaults;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Grpc;

/// <summary>Evaluations: asked for, followed, read.</summary>
internal sealed class EvaluationGrpcService(
    EvaluationStore store,
    EvaluationFactory factory,
    EvaluationRunner runner,
    IHostApplicationLifetime lifetime,
    TimeProvider time)
    : EvaluationService.EvaluationServiceBase
{
    public override Task<CreateEvaluationResponse> CreateEvaluation(
        CreateEvaluationRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateEvaluationResponse { Evaluation = ToMessage(factory.Create(request)) });

    public override Task<GetEvaluationResponse> GetEvaluation(
        GetEvaluationRequest request, ServerCallContext context) =>
        Task.FromResult(new GetEvaluationResponse { Evaluation = ToMessage(store.Get(request.Name, "name")) });

    public override Task<ListEvaluationsResponse> ListEvaluations(
        ListEvaluationsRequest request, ServerCallContext context)
    {
        var size = PageToken.Size(request.PageSize);
        var begin = PageToken.Read(request.PageToken, "");
        var all = store.NewestFirst();
        var response = new ListEvaluationsResponse { NextPageToken = PageToken.Next(begin + size, all.Count, "") };
        response.Evaluations.AddRange(all.Skip(begin).Take(size).Select(ToMessage));
        return Task.FromResult(response);
    }

    public override Task<CancelEvaluationResponse> CancelEvaluation(
        CancelEvaluationRequest request, ServerCallContext context)
    {
        var entry = store.Get(request.Name, "name");
        runner.Cancel(entry);
        return Task.FromResult(new CancelEvaluationResponse { Evaluation = ToMessage(entry) });
    }

    public override Task<ResumeEvaluationResponse> ResumeEvaluation(
        ResumeEvaluationRequest request, ServerCallContext context)
    {
        var entry = store.Get(request.Name, "name");
        runner.Resume(entry);
        return Task.FromResult(new ResumeEvaluationResponse { Evaluation = ToMessage(entry) });
    }

    public override Task<DeleteEvaluationResponse> DeleteEvaluation(
        DeleteEvaluationRequest request, ServerCallContext context)
    {
        runner.Delete(store.Get(request.Name, "name"));
        return Task.FromResult(new DeleteEvaluationResponse());
    }

    public override async Task WatchEvaluation(
        WatchEvaluationRequest request,
        IServerStreamWriter<WatchEvaluationResponse> responseStream,
        ServerCallContext context)
    {
        using var stop = lifetime.LinkCall(context);
        var entry = store.Get(request.Name, "name");
        while (true)
        {
            var (message, isTerminal, changed) = entry.Snapshot(time.GetUtcNow());
            if (entry.IsDeleted)
                throw new NotFoundException("EVALUATION_DELETED", $"'{entry.Name}' was deleted.");
            await responseStream.WriteAsync(new WatchEvaluationResponse { Evaluation = message }, stop.Token);
            if (isTerminal)
                return;
            await changed.WaitAsync(stop.Token);
        }
    }

    public override async Task WatchEvaluations(
        WatchEvaluationsRequest request,
        IServerStreamWriter<WatchEvaluationsResponse> responseStream,
        ServerCallContext context)
    {
        using var stop = lifetime.LinkCall(context);
        var updates = ListFollower.FollowAsync(
            store.Changes,
            () => [.. store.NewestFirst().Select(ToMessage)],
            evaluation => evaluation.Name["evaluations/".Length..],
            id => store.Find(id) is { } entry ? ToMessage(entry) : null,
            stop.Token);
        await foreach (var update in updates)
        {
            var message = update switch
            {
                { Snapshot: { } all } =>
                    new WatchEvaluationsResponse { Snapshot = new EvaluationList { Evaluations = { all } } },
                { Changed: { } changed } => new WatchEvaluationsResponse { Changed = changed },
                _ => new WatchEvaluationsResponse { Removed = $"evaluations/{update.RemovedId}" },
            };
            await responseStream.WriteAsync(message, stop.Token);
        }
    }

    public override Task<ListExamplesResponse> ListExamples(ListExamplesRequest request, ServerCallContext context)
    {
        var entry = store.Get(request.Evaluation, "evaluation");
        var size = PageToken.Size(request.PageSize);
        var begin = PageToken.Read(request.PageToken, request.Filter);
        var (page, total) = entry.FindItems(new ExampleFilter(request.Filter), begin, size);
        var response = new ListExamplesResponse
        {
            TotalSize = total,
            NextPageToken = PageToken.Next(begin + size, total, request.Filter),
        };
        response.Examples.AddRange(page.Select(ToMessage));
        return Task.FromResult(response);
    }

    private Evaluation ToMessage(EvaluationEntry entry) => entry.Snapshot(time.GetUtcNow()).Message;

    private static Example ToMessage(GradedItem item)
    {
        var message = new Example
        {
            Index = item.Index,
            Activity = item.Activity,
            Context = item.Context,
            Gold = item.Gold,
            Predicted = item.Predicted(),
            Correct = item.IsCorrect(),
            Margin = item.Margin(),
        };
        message.Endings.AddRange(item.Endings.Select(ending => new Ending
        {
            Text = ending.Text,
            LogProbability = ending.LogProbability,
            LogProbabilityPerToken = ending.PerToken(),
            TokenCount = ending.TokenCount,
            HarnessLogProbability = ending.HarnessLogProbability,
            HarnessLogProbabilityPerCharacter = ending.PerCharacter(),
            HarnessLogProbabilityPerByte = ending.PerByte(),
        }));
        return message;
    }
}
