using Google.Protobuf;
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
    public override async Task<CreateEvaluationResponse> CreateEvaluation(
        CreateEvaluationRequest request, ServerCallContext context)
    {
        using var stop = lifetime.LinkCall(context);
        var (entry, cached) = await factory.CreateAsync(request, stop.Token);
        return new CreateEvaluationResponse { Evaluation = ToMessage(entry), Cached = cached };
    }

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
        var question = $"{request.Filter}\n{request.OrderBy}";
        var begin = PageToken.Read(request.PageToken, question);
        var (page, total) = entry.FindItems(
            new ExampleFilter(request.Filter), new ExampleOrder(request.OrderBy), begin, size);
        var response = new ListExamplesResponse
        {
            TotalSize = total,
            NextPageToken = PageToken.Next(begin + size, total, question),
        };
        response.Examples.AddRange(page.Select(item => EvaluationMessages.Of(item, entry.File.Grading.Metric)));
        return Task.FromResult(response);
    }

    public override Task<CompareEvaluationsResponse> CompareEvaluations(
        CompareEvaluationsRequest request, ServerCallContext context)
    {
        if (request.Metric.Length > 0 && !MetricNames.IsHigherBetter(request.Metric))
            throw new InvalidArgumentException("metric", $"By '{request.Metric}' no item is right or wrong.");
        var comparison = new EvaluationComparison(
            store.Get(request.First, "first"), store.Get(request.Second, "second"), request.Metric);
        var flips = comparison.Flips(request.Direction).ToList();
        var question = $"{request.First}\n{request.Second}\n{comparison.Metric}\n{request.Direction}";
        var (size, begin) = (PageToken.Size(request.PageSize), PageToken.Read(request.PageToken, question));
        var figures = comparison.Figures;
        var response = new CompareEvaluationsResponse
        {
            Metric = comparison.Metric,
            Count = figures.Count,
            UnmatchedCount = comparison.Unmatched,
            BothRightCount = figures.BothRight,
            GainedCount = figures.Gained,
            LostCount = figures.Lost,
            BothWrongCount = figures.BothWrong,
            FirstValue = figures.First,
            SecondValue = figures.Second,
            Difference = figures.Difference,
            IntervalLow = figures.Interval.Low,
            IntervalHigh = figures.Interval.High,
            PValue = figures.PValue,
            TotalSize = flips.Count,
            NextPageToken = PageToken.Next(begin + size, flips.Count, question),
        };
        response.Flips.AddRange(flips.Skip(begin).Take(size).Select(flip => new Flip
        {
            First = EvaluationMessages.Of(flip.First, comparison.Metric),
            Second = EvaluationMessages.Of(flip.Second, comparison.Metric),
        }));
        return Task.FromResult(response);
    }

    public override async Task ExportEvaluation(
        ExportEvaluationRequest request,
        IServerStreamWriter<ExportEvaluationResponse> responseStream,
        ServerCallContext context)
    {
        if (request.Part is not (ExportPart.Results or ExportPart.Samples))
            throw new InvalidArgumentException("part", "must be RESULTS or SAMPLES.");
        using var stop = lifetime.LinkCall(context);
        var entry = store.Get(request.Name, "name");
        var (name, pieces) = EvaluationExport.Of(entry, ToMessage(entry), request.Part);
        await responseStream.WriteAsync(new ExportEvaluationResponse { FileName = name }, stop.Token);
        foreach (var piece in pieces)
        {
            await responseStream.WriteAsync(
                new ExportEvaluationResponse { Chunk = UnsafeByteOperations.UnsafeWrap(piece) }, stop.Token);
        }
    }

    public override Task<ListTasksResponse> ListTasks(ListTasksRequest request, ServerCallContext context)
    {
        var response = new ListTasksResponse();
        response.Tasks.AddRange(EvaluationTasks.All.Select(EvaluationMessages.Of));
        return Task.FromResult(response);
    }

    private Evaluation ToMessage(EvaluationEntry entry) => entry.Snapshot(time.GetUtcNow()).Message;
}
