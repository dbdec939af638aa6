using System.Globalization;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;

namespace Platform.FakeSuite.Services;

internal sealed class FakeEvaluations(World world) : EvaluationService.EvaluationServiceBase
{
    public override Task<CreateEvaluationResponse> CreateEvaluation(
        CreateEvaluationRequest request, ServerCallContext context)
    {
        if (!request.Spec.Model.StartsWith("runs/", StringComparison.Ordinal))
            throw Refusal.Field("spec.model", $"'{request.Spec.Model}' names no model.");
        var evaluation = new Evaluation
        {
            Name = "evaluations/brave-heron-" + Guid.NewGuid().ToString("N")[..4],
            DisplayName = request.DisplayName,
            State = State.Queued,
            Spec = request.Spec,
            CreateTime = World.Now,
        };
        world.Change(() => world.Evaluations.Insert(0, evaluation));
        return Task.FromResult(new CreateEvaluationResponse { Evaluation = evaluation.Clone() });
    }

    public override Task<ListEvaluationsResponse> ListEvaluations(
        ListEvaluationsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new ListEvaluationsResponse();
            answer.Evaluations.AddRange(world.Evaluations.Select(e => e.Clone()));
            return Task.FromResult(answer);
        }
    }

    public override Task<CancelEvaluationResponse> CancelEvaluation(
        CancelEvaluationRequest request, ServerCallContext context)
    {
        var evaluation = Find(request.Name);
        world.Change(() => (evaluation.State, evaluation.EndTime) = (State.Cancelled, World.Now));
        return Task.FromResult(new CancelEvaluationResponse { Evaluation = evaluation.Clone() });
    }

    public override Task<ResumeEvaluationResponse> ResumeEvaluation(
        ResumeEvaluationRequest request, ServerCallContext context)
    {
        var evaluation = Find(request.Name);
        world.Change(() => (evaluation.State, evaluation.EndTime) = (State.Queued, null));
        return Task.FromResult(new ResumeEvaluationResponse { Evaluation = evaluation.Clone() });
    }

    public override Task<DeleteEvaluationResponse> DeleteEvaluation(
        DeleteEvaluationRequest request, ServerCallContext context)
    {
        var evaluation = Find(request.Name);
        world.Change(() => world.Evaluations.Remove(evaluation));
        return Task.FromResult(new DeleteEvaluationResponse());
    }

    public override Task WatchEvaluations(
        WatchEvaluationsRequest request,
        IServerStreamWriter<WatchEvaluationsResponse> stream,
        ServerCallContext context) =>
        Watching.ListAsync(
            world,
            () => world.Evaluations,
            item => item.Name,
            (all, changed, removed) => stream.WriteAsync(all is not null
                ? new() { Snapshot = new() { Evaluations = { all } } }
                : changed is not null ? new() { Changed = changed } : new() { Removed = removed }),
            context.CancellationToken);

    public override async Task WatchEvaluation(
        WatchEvaluationRequest request, IServerStreamWriter<WatchEvaluationResponse> stream, ServerCallContext context)
    {
        var evaluation = Find(request.Name);
        Evaluation? sent = null;
        await Watching.EachChangeAsync(world, SendAsync, context.CancellationToken);

        async Task<bool> SendAsync()
        {
            Evaluation now;
            lock (world.Lock)
                now = evaluation.Clone();
            if (!now.Equals(sent))
                await stream.WriteAsync(new() { Evaluation = sent = now }, context.CancellationToken);
            return now.State is State.Running or State.Queued;
        }
    }

    public override Task<ListExamplesResponse> ListExamples(ListExamplesRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var words = request.Filter.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var matching = world.Examples.GetValueOrDefault(request.Evaluation, [])
                .Where(e => words.All(w => Matches(e, w))).ToList();
            var begin = request.PageToken.Length > 0 ? int.Parse(request.PageToken, CultureInfo.InvariantCulture) : 0;
            var answer = new ListExamplesResponse { TotalSize = matching.Count };
            answer.Examples.AddRange(matching.Skip(begin).Take(request.PageSize));
            if (begin + request.PageSize < matching.Count)
                answer.NextPageToken = (begin + request.PageSize).ToString(CultureInfo.InvariantCulture);
            return Task.FromResult(answer);
        }
    }

    public override Task<ListTasksResponse> ListTasks(ListTasksRequest request, ServerCallContext context) =>
        Task.FromResult(new ListTasksResponse
        {
            Tasks =
            {
                new TaskInfo
                {
                    Name = "hellaswag",
                    Description = "Which of four endings.",
                    PrimaryMetric = "acc_norm",
                    Version = 1,
                },
                new TaskInfo { Name = "perplexity", Description = "Any text.", PrimaryMetric = "loss", Version = 1 },
            },
        });

    public override Task<CompareEvaluationsResponse> CompareEvaluations(
        CompareEvaluationsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var pairs = world.Examples.GetValueOrDefault(request.First, [])
                .Zip(
                    world.Examples.GetValueOrDefault(request.Second, []),
                    (first, second) => new Flip { First = first, Second = second })
                .ToList();
            var gained = pairs.Count(p => p.Second.Correct && !p.First.Correct);
            var lost = pairs.Count(p => p.First.Correct && !p.Second.Correct);
            var flips = pairs
                .Where(p => p.First.Correct != p.Second.Correct
                    && (request.Direction == FlipDirection.Unspecified
                        || p.Second.Correct == (request.Direction == FlipDirection.Gained)))
                .ToList();
            var difference = (gained - lost) / (double)pairs.Count;
            var answer = new CompareEvaluationsResponse
            {
                Metric = "acc_norm",
                Count = pairs.Count,
                BothRightCount = pairs.Count(p => p.First.Correct && p.Second.Correct),
                BothWrongCount = pairs.Count(p => !p.First.Correct && !p.Second.Correct),
                GainedCount = gained,
                LostCount = lost,
                FirstValue = pairs.Count(p => p.First.Correct) / (double)pairs.Count,
                SecondValue = pairs.Count(p => p.Second.Correct) / (double)pairs.Count,
                Difference = difference,
                IntervalLow = difference - 0.06,
                IntervalHigh = difference + 0.06,
                PValue = 0.4,
                TotalSize = flips.Count,
            };
            answer.Flips.AddRange(flips.Take(request.PageSize));
            return Task.FromResult(answer);
        }
    }

    public override async Task ExportEvaluation(
        ExportEvaluationRequest request,
        IServerStreamWriter<ExportEvaluationResponse> stream,
        ServerCallContext context)
    {
        Find(request.Name);
        var (name, text) = request.Part == ExportPart.Results
            ? ("results.json", "{\"results\": {}}\n")
            : ("samples.jsonl", "{\"doc_id\": 0}\n");
        await stream.WriteAsync(
            new() { FileName = name, Chunk = Google.Protobuf.ByteString.CopyFromUtf8(text) },
            context.CancellationToken);
    }

    private static bool Matches(Example example, string word) => word switch
    {
        "correct:true" => example.Correct,
        "correct:false" => !example.Correct,
        _ => example.Context.Contains(word, StringComparison.OrdinalIgnoreCase),
    };

    private Evaluation Find(string name)
    {
        lock (world.Lock)
            return world.Evaluations.Find(e => e.Name == name) ?? throw Refusal.NotFound(name);
    }
}
