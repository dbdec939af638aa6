using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite.Services;

internal sealed class FakeRuns(World world) : RunService.RunServiceBase
{
    private const int FirstLogLines = 200;

    public override Task<CreateRunResponse> CreateRun(CreateRunRequest request, ServerCallContext context)
    {
        var spec = Seed.Spec(1_000, request.Spec.Dataset);
        spec.MergeFrom(request.Spec);
        if (spec.Model.NHead < 1 || spec.Model.NEmbd % spec.Model.NHead != 0)
        {
            throw Refusal.Field(
                "spec.model.n_head", $"{spec.Model.NHead} does not divide the width {spec.Model.NEmbd}.");
        }

        if (spec.Batch.MicroBatchSize < 1)
            throw Refusal.Field("spec.batch.micro_batch_size", "Must be 1 to 65,536.");
        if (!world.Datasets.Any(d => d.Name == spec.Dataset))
            throw Refusal.Field("spec.dataset", $"{spec.Dataset} does not exist.");
        spec.Batch.TokensPerStep = spec.Batch.MicroBatchSize * spec.Batch.SequenceLength;
        var id = request.RunId.Length > 0 ? request.RunId : "calm-otter-" + Guid.NewGuid().ToString("N")[..4];
        var run = new Run
        {
            Name = "runs/" + id,
            DisplayName = request.DisplayName,
            State = State.Queued,
            Spec = spec,
            CreateTime = World.Now,
            ParameterCount = 10_745_088,
            TrainableParameterCount = 10_745_088,
            QueuePosition = 1,
        };
        run.Tags.AddRange(request.Tags);
        if (request.ValidateOnly)
            return Task.FromResult(new CreateRunResponse { Run = run });
        if (world.Runs.ContainsKey(run.Name))
            throw new RpcException(new(StatusCode.AlreadyExists, $"{run.Name} exists already."));
        world.Change(() => world.Runs[run.Name] = new FakeRun(run) { StepSeconds = 0.1 });
        return Task.FromResult(new CreateRunResponse { Run = run.Clone() });
    }

    public override Task<EstimateRunResponse> EstimateRun(EstimateRunRequest request, ServerCallContext context) =>
        Task.FromResult(new EstimateRunResponse
        {
            Estimate = new RunEstimate
            {
                ParameterCount = 124_475_904,
                TrainableParameterCount = 124_475_904,
                Steps = request.Spec.HasMaxSteps ? request.Spec.MaxSteps : 1000,
                TokensPerStep = 1024,
                MemoryBytes = 3L << 30,
                AvailableMemoryBytes = 24L << 30,
                Flops = 8.6e14,
                Seconds = 5600,
                SpeedBasis = SpeedBasis.Assumed,
            },
        });

    public override Task<GetRunResponse> GetRun(GetRunRequest request, ServerCallContext context)
    {
        lock (world.Lock)
            return Task.FromResult(new GetRunResponse { Run = Find(request.Name).Run.Clone() });
    }

    public override Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var runs = RunQuery.Select(world.Runs.Values.Select(r => r.Run), request.Filter, request.OrderBy).ToList();
            var answer = new ListRunsResponse { TotalSize = runs.Count };
            answer.Runs.AddRange(runs.Take(request.PageSize > 0 ? request.PageSize : 50).Select(r => r.Clone()));
            return Task.FromResult(answer);
        }
    }

    public override Task<UpdateRunResponse> UpdateRun(UpdateRunRequest request, ServerCallContext context)
    {
        var run = Find(request.Name).Run;
        world.Change(() =>
        {
            if (request.HasDisplayName)
                run.DisplayName = request.DisplayName;
            if (request.Tags is null)
                return;
            run.Tags.Clear();
            run.Tags.AddRange(request.Tags.Tags);
        });
        return Task.FromResult(new UpdateRunResponse { Run = run.Clone() });
    }

    public override Task<DeleteRunResponse> DeleteRun(DeleteRunRequest request, ServerCallContext context)
    {
        var run = Find(request.Name).Run;
        if (run.Sweep.Length > 0)
            throw Refusal.Conflict($"{run.Name} is a trial of {run.Sweep}. Delete the sweep.");
        world.Change(() => world.Runs.Remove(run.Name));
        return Task.FromResult(new DeleteRunResponse());
    }

    public override Task<CancelRunResponse> CancelRun(CancelRunRequest request, ServerCallContext context)
    {
        var run = Find(request.Name).Run;
        world.Change(() => run.State = State.Cancelling);
        return Task.FromResult(new CancelRunResponse { Run = run.Clone() });
    }

    public override Task<ResumeRunResponse> ResumeRun(ResumeRunRequest request, ServerCallContext context)
    {
        var run = Find(request.Name).Run;
        if (run.State is State.Succeeded && request.MaxSteps <= run.Spec.MaxSteps)
            throw Refusal.Field("max_steps", $"Must be above {run.Spec.MaxSteps}.");
        world.Change(() =>
        {
            if (request.HasMaxSteps)
                run.Spec.MaxSteps = request.MaxSteps;
            (run.State, run.Error, run.EndTime, run.StopReason) = (State.Queued, null, null, StopReason.Unspecified);
        });
        return Task.FromResult(new ResumeRunResponse { Run = run.Clone() });
    }

    public override Task<GetMetricsResponse> GetMetrics(GetMetricsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new GetMetricsResponse();
            foreach (var run in request.Runs.Select(Find))
                answer.Curves.AddRange(Buckets.Of(run, request));
            return Task.FromResult(answer);
        }
    }

    public override Task<ListCheckpointsResponse> ListCheckpoints(
        ListCheckpointsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new ListCheckpointsResponse();
            answer.Checkpoints.AddRange(Find(request.Run).Checkpoints.Take(6).Select(c => c.Clone()));
            return Task.FromResult(answer);
        }
    }

    public override Task<ListSamplesResponse> ListSamples(ListSamplesRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new ListSamplesResponse();
            answer.Samples.AddRange(Enumerable.Reverse(Find(request.Run).Samples).Take(request.PageSize));
            return Task.FromResult(answer);
        }
    }

    public override Task<ListEventsResponse> ListEvents(ListEventsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new ListEventsResponse();
            answer.Events.AddRange(Find(request.Run).Events);
            return Task.FromResult(answer);
        }
    }

    public override async Task WatchRun(
        WatchRunRequest request, IServerStreamWriter<WatchRunResponse> stream, ServerCallContext context)
    {
        var run = Find(request.Name);
        var (line, samples, events, log) = (0, 0, 0, 0);
        lock (world.Lock)
        {
            line = request.SkipHistory ? run.Lines.Count : (int)request.AfterCursor;
            (samples, events) = (run.Samples.Count, run.Events.Count);
            log = Math.Max(0, run.Log.Count - FirstLogLines);
        }

        Run? sent = null;
        await Watching.EachChangeAsync(world, SendAsync, context.CancellationToken);

        async Task<bool> SendAsync()
        {
            var messages = new List<WatchRunResponse>();
            bool ended;
            lock (world.Lock)
            {
                if (!run.Run.Equals(sent))
                    messages.Add(new() { Run = sent = run.Run.Clone(), Cursor = line });
                if (run.Lines.Count > line)
                {
                    var points = new MetricPoints();
                    points.Points.AddRange(run.Lines.Skip(line).SelectMany(l => l));
                    line = run.Lines.Count;
                    messages.Add(new() { Points = points, Cursor = line });
                }

                messages.AddRange(
                    run.Samples.Skip(samples).Select(s => new WatchRunResponse { Sample = s, Cursor = line }));
                messages.AddRange(
                    run.Events.Skip(events).Select(e => new WatchRunResponse { Event = e, Cursor = line }));
                if (request.IncludeLog && run.Log.Count > log)
                {
                    var lines = new LogLines();
                    lines.Lines.AddRange(run.Log.Skip(log));
                    messages.Add(new() { Log = lines, Cursor = line });
                }

                (samples, events, log) = (run.Samples.Count, run.Events.Count, run.Log.Count);
                ended = run.Run.State is State.Succeeded or State.Failed or State.Cancelled;
            }

            foreach (var message in messages)
                await stream.WriteAsync(message, context.CancellationToken);
            return !ended;
        }
    }

    public override async Task WatchRuns(
        WatchRunsRequest request, IServerStreamWriter<WatchRunsResponse> stream, ServerCallContext context)
    {
        RunQuery.Check(request.Filter);
        if (request.PageSize > 0)
        {
            await WatchPageAsync(request, stream, context.CancellationToken);
            return;
        }

        await Watching.ListAsync(
            world,
            () => world.Runs.Values.Select(r => r.Run).Where(r => RunQuery.Matches(r, request.Filter)).Reverse(),
            r => r.Name,
            (all, changed, removed) => stream.WriteAsync(all is not null
                ? new() { Snapshot = new() { Runs = { all } } }
                : changed is not null ? new() { Changed = changed } : new() { Removed = removed }),
            context.CancellationToken);
    }

    private Task WatchPageAsync(
        WatchRunsRequest request, IServerStreamWriter<WatchRunsResponse> stream, CancellationToken token)
    {
        RunList? sent = null;
        return Watching.EachChangeAsync(world, SendAsync, token);

        async Task<bool> SendAsync()
        {
            RunList now;
            lock (world.Lock)
                now = RunQuery.Page([.. world.Runs.Values.Select(r => r.Run)], request);
            if (sent is null || !sent.Runs.Select(r => r.Name).SequenceEqual(now.Runs.Select(r => r.Name))
                || !sent.StateCounts.Equals(now.StateCounts) || sent.TotalSize != now.TotalSize)
            {
                await stream.WriteAsync(new() { Snapshot = now }, token);
            }
            else
            {
                foreach (var (run, before) in now.Runs.Zip(sent.Runs).Where(pair => !pair.First.Equals(pair.Second)))
                    await stream.WriteAsync(new() { Changed = run }, token);
            }

            sent = now;
            return true;
        }
    }

    private FakeRun Find(string name)
    {
        lock (world.Lock)
            return world.Runs.TryGetValue(name, out var run) ? run : throw Refusal.NotFound(name);
    }
}
