using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Index;
using Platform.TrainerHost.Metrics;
using Platform.TrainerHost.Queue;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Sweeps;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Grpc;

/// <summary>RunService: checks requests, calls what does the work, maps the answers.</summary>
internal sealed class RunGrpcService(
    DataRoot root,
    RunStore store,
    RunCreation creation,
    BaseModelResolver bases,
    RunQueue queue,
    PendingRuns pending,
    RunFollower follower,
    RunListFollower listFollower,
    RunPageFollower pageFollower,
    MetricsCache metrics,
    SweepStore sweeps,
    IHostApplicationLifetime lifetime) : RunService.RunServiceBase
{
    private const int MaxRuns = 100;
    private const int DefaultBuckets = 800;
    private const int MaxBuckets = 10_000;

    public override async Task<CreateRunResponse> CreateRun(CreateRunRequest request, ServerCallContext context)
    {
        await bases.FetchAsync(context.CancellationToken, request.Spec?.BaseModel, request.Spec?.Lora?.Adapter);
        return new CreateRunResponse { Run = creation.Create(request) };
    }

    public override async Task<EstimateRunResponse> EstimateRun(EstimateRunRequest request, ServerCallContext context)
    {
        await bases.FetchAsync(context.CancellationToken, request.Spec?.BaseModel, request.Spec?.Lora?.Adapter);
        return new EstimateRunResponse { Estimate = creation.Estimate(request.Spec ?? new RunSpec()) };
    }

    public override Task<GetRunResponse> GetRun(GetRunRequest request, ServerCallContext context)
    {
        var run = store.Get(Names.RunId(request.Name));
        return Task.FromResult(new GetRunResponse { Run = pending.WithPosition(run) });
    }

    public override Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        var count = Names.PageSize(request.PageSize, 50);
        var filter = RunFilter.Parse(request.Filter);
        var order = RunOrder.Parse(request.OrderBy);
        (object, string)? behind =
            request.PageToken.Length > 0 ? order.ReadToken(request.PageToken, request.Filter) : null;
        var page = store.List(filter, order, behind, count);
        var response = new ListRunsResponse { TotalSize = page.Total };
        response.Runs.AddRange(page.Runs.Select(pending.WithPosition));
        if (page.Last is { } last)
            response.NextPageToken = order.CreateToken(request.Filter, last.Key, last.Id);
        return Task.FromResult(response);
    }

    public override Task<UpdateRunResponse> UpdateRun(UpdateRunRequest request, ServerCallContext context)
    {
        var problems = new Violations();
        RunCreation.CheckWords(request.HasDisplayName ? request.DisplayName : null, request.Tags?.Tags, problems);
        problems.ThrowIfAny();
        var run = store.Change(Names.RunId(request.Name), run =>
        {
            var record = run.Record;
            run.Rewrite(record with
            {
                DisplayName = request.HasDisplayName ? request.DisplayName : record.DisplayName,
                Tags = request.Tags is { } tags ? [.. tags.Tags] : record.Tags,
            });
            return run;
        });
        store.Release(run);
        return Task.FromResult(new UpdateRunResponse { Run = pending.WithPosition(run.Current) });
    }

    public override Task<DeleteRunResponse> DeleteRun(DeleteRunRequest request, ServerCallContext context)
    {
        var id = Names.RunId(request.Name);
        store.Delete(id, run => RunDeletion.Check(run, store, sweeps));
        return Task.FromResult(new DeleteRunResponse());
    }

    public override Task<CancelRunResponse> CancelRun(CancelRunRequest request, ServerCallContext context) =>
        Task.FromResult(new CancelRunResponse { Run = queue.Cancel(Names.RunId(request.Name)) });

    public override Task<ResumeRunResponse> ResumeRun(ResumeRunRequest request, ServerCallContext context)
    {
        long? steps = request.HasMaxSteps ? request.MaxSteps : null;
        int? ranks = request.HasRanks ? request.Ranks : null;
        return Task.FromResult(new ResumeRunResponse { Run = queue.Resume(Names.RunId(request.Name), steps, ranks) });
    }

    public override async Task WatchRun(
        WatchRunRequest request, IServerStreamWriter<WatchRunResponse> responseStream, ServerCallContext context)
    {
        var id = Names.RunId(request.Name);
        if (request.AfterCursor < 0)
            throw new InvalidArgumentException("after_cursor", "Must not be negative.");
        using var stop = LinkStop(context);
        await foreach (var message in follower.FollowAsync(request, id, stop.Token))
            await responseStream.WriteAsync(message, stop.Token);
    }

    public override async Task WatchRuns(
        WatchRunsRequest request, IServerStreamWriter<WatchRunsResponse> responseStream, ServerCallContext context)
    {
        var filter = RunFilter.Parse(request.Filter);
        if (request.Skip < 0)
            throw new InvalidArgumentException("skip", "Must not be negative.");
        using var stop = LinkStop(context);
        var messages = request.PageSize == 0
            ? listFollower.FollowAsync(filter, stop.Token)
            : pageFollower.FollowAsync(
                filter,
                RunOrder.Parse(request.OrderBy),
                request.Skip,
                Names.PageSize(request.PageSize, 50),
                stop.Token);
        await foreach (var message in messages)
            await responseStream.WriteAsync(message, stop.Token);
    }

    public override Task<GetMetricsResponse> GetMetrics(GetMetricsRequest request, ServerCallContext context)
    {
        var problems = new Violations();
        problems.Require(request.Runs.Count is >= 1 and <= MaxRuns, "runs", $"1 to {MaxRuns} runs.");
        problems.Require(
            request.MaxBuckets is >= 0 and <= MaxBuckets, "max_buckets", $"Must be 0 to {MaxBuckets}.");
        problems.Require(
            double.IsFinite(request.SmoothingHalfLife) && request.SmoothingHalfLife >= 0,
            "smoothing_half_life",
            "Must not be negative.");
        problems.Require(
            !request.HasMinX || !request.HasMaxX || request.MinX <= request.MaxX, "max_x", "Must not be below min_x.");
        problems.Require(System.Enum.IsDefined(request.Axis), "axis", "Not a value of this enumeration.");
        problems.ThrowIfAny();
        var curves = new CurveRequest(
            request.Axis,
            request.HasMinX ? request.MinX : double.NegativeInfinity,
            request.HasMaxX ? request.MaxX : double.PositiveInfinity,
            request.MaxBuckets == 0 ? DefaultBuckets : request.MaxBuckets,
            request.SmoothingHalfLife);
        var names = request.Series.ToHashSet(StringComparer.Ordinal);
        var response = new GetMetricsResponse();
        for (var i = 0; i < request.Runs.Count; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var id = Names.RunId(request.Runs[i], $"runs[{i}]");
            store.Get(id);
            response.Curves.AddRange(metrics.Curves(id, names, curves));
        }

        return Task.FromResult(response);
    }

    public override Task<ListCheckpointsResponse> ListCheckpoints(
        ListCheckpointsRequest request, ServerCallContext context)
    {
        var folder = FolderOf(request.Run);
        var checkpoints = CheckpointFolder.List(folder);
        var best = CheckpointFolder.Best(checkpoints);
        var response = new ListCheckpointsResponse();
        foreach (var checkpoint in checkpoints)
        {
            var message = new Checkpoint
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"{request.Run}@{checkpoint.Step}"),
                Step = checkpoint.Step,
                SizeBytes = checkpoint.SizeBytes,
                CreateTime = Timestamp.FromDateTime(checkpoint.CreateTime),
                Best = checkpoint == best,
            };
            if (checkpoint.ValidationLoss is { } loss)
                message.ValidationLoss = loss;
            response.Checkpoints.Add(message);
        }

        return Task.FromResult(response);
    }

    public override Task<ListSamplesResponse> ListSamples(ListSamplesRequest request, ServerCallContext context)
    {
        var count = Names.PageSize(request.PageSize, 100);
        var samples = new List<Sample>();
        new LineReader(RunFiles.SamplesPath(FolderOf(request.Run))).ReadNew(line =>
        {
            if (SampleLine.TryRead(line) is { } sample)
                samples.Add(sample.Message);
        });
        var end = samples.Count;
        // A token is the place in the file up to which older ones follow: it stays right while the file grows.
        if (request.PageToken.Length > 0
            && (!int.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out end)
                || end > samples.Count))
            throw new InvalidArgumentException("page_token", "Not a token from an earlier answer.");
        var begin = Math.Max(0, end - count);
        var response = new ListSamplesResponse();
        response.Samples.AddRange(samples[begin..end].AsEnumerable().Reverse());
        if (begin > 0)
            response.NextPageToken = begin.ToString(CultureInfo.InvariantCulture);
        return Task.FromResult(response);
    }

    public override Task<ListEventsResponse> ListEvents(ListEventsRequest request, ServerCallContext context)
    {
        var response = new ListEventsResponse();
        new LineReader(LiveRun.EventsPath(FolderOf(request.Run))).ReadNew(line =>
        {
            if (RunEventLine.TryRead(line) is { } item)
                response.Events.Add(RunFiles.ToMessage(item));
        });
        return Task.FromResult(response);
    }

    private string FolderOf(string name)
    {
        var id = Names.RunId(name, "run");
        store.Get(id);
        return Path.Combine(root.Runs, id);
    }

    private CancellationTokenSource LinkStop(ServerCallContext context) =>
        CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
}
