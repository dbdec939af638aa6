using System.Globalization;
using Grpc.Core;
using Platform.Contracts.Trainer.V1;
using Platform.ServiceDefaults;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Sweeps;
using Platform.TrainerHost.Sweeps.Figures;
using Platform.Workspaces;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Grpc;

/// <summary>SweepService: checks requests, calls what does the work, maps the answers.</summary>
internal sealed class SweepGrpcService(
    SweepStore sweeps,
    SweepPlanner planner,
    SweepController controller,
    SweepFollower follower,
    BaseModelResolver bases,
    SweepFigures figures,
    SweepWinner winners,
    IHostApplicationLifetime lifetime) : SweepService.SweepServiceBase
{
    public override async Task<CreateSweepResponse> CreateSweep(CreateSweepRequest request, ServerCallContext context)
    {
        var spec = request.Spec?.Base;
        await bases.FetchAsync(context.CancellationToken, spec?.BaseModel, spec?.Lora?.Adapter);
        var sweep = sweeps.Create(request, planner);
        controller.Begin(sweep);
        return new CreateSweepResponse { Sweep = SweepView.Create(sweep, withTrials: true) };
    }

    public override Task<GetSweepResponse> GetSweep(GetSweepRequest request, ServerCallContext context)
    {
        var sweep = sweeps.Get(Names.SweepId(request.Name));
        return Task.FromResult(new GetSweepResponse { Sweep = SweepView.Create(sweep, withTrials: true) });
    }

    public override Task<ListSweepsResponse> ListSweeps(ListSweepsRequest request, ServerCallContext context)
    {
        var count = Names.PageSize(request.PageSize, 50);
        var all = sweeps.All();
        var begin = 0;
        if (request.PageToken.Length > 0)
        {
            // A token names the last one seen: it stays right while newer ones come.
            if (!TryReadToken(request.PageToken, out var time, out var id))
                throw new InvalidArgumentException("page_token", "Not a token from an earlier answer.");
            begin = all.TakeWhile(s => s.Record.CreateTime > time
                || (s.Record.CreateTime == time && string.CompareOrdinal(s.Record.Id, id) <= 0)).Count();
        }

        var page = all.Skip(begin).Take(count).ToList();
        var response = new ListSweepsResponse();
        response.Sweeps.AddRange(page.Select(sweep => SweepView.Create(sweep, withTrials: false)));
        if (begin + page.Count < all.Count)
            response.NextPageToken = Token(page[^1].Record);
        return Task.FromResult(response);
    }

    public override Task<CancelSweepResponse> CancelSweep(CancelSweepRequest request, ServerCallContext context)
    {
        var sweep = sweeps.Get(Names.SweepId(request.Name));
        controller.Cancel(sweep);
        return Task.FromResult(new CancelSweepResponse { Sweep = SweepView.Create(sweep, withTrials: true) });
    }

    public override Task<ResumeSweepResponse> ResumeSweep(ResumeSweepRequest request, ServerCallContext context)
    {
        var sweep = sweeps.Get(Names.SweepId(request.Name));
        controller.Resume(sweep);
        return Task.FromResult(new ResumeSweepResponse { Sweep = SweepView.Create(sweep, withTrials: true) });
    }

    public override Task<DeleteSweepResponse> DeleteSweep(DeleteSweepRequest request, ServerCallContext context)
    {
        sweeps.Delete(Names.SweepId(request.Name));
        return Task.FromResult(new DeleteSweepResponse());
    }

    public override async Task WatchSweep(
        WatchSweepRequest request, IServerStreamWriter<WatchSweepResponse> responseStream, ServerCallContext context)
    {
        var id = Names.SweepId(request.Name);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping);
        await foreach (var message in follower.FollowAsync(id, stop.Token))
            await responseStream.WriteAsync(message, stop.Token);
    }

    public override async Task WatchSweeps(
        WatchSweepsRequest request, IServerStreamWriter<WatchSweepsResponse> responseStream, ServerCallContext context)
    {
        using var stop = lifetime.LinkCall(context);
        var updates = ListFollower.FollowAsync(
            sweeps.Changes,
            () => [.. sweeps.All().Select(sweep => SweepView.Create(sweep, withTrials: false))],
            sweep => sweep.Name["sweeps/".Length..],
            id => sweeps.TryGet(id) is { } sweep ? SweepView.Create(sweep, withTrials: false) : null,
            stop.Token);
        await foreach (var update in updates)
        {
            var message = update switch
            {
                { Snapshot: { } all } => new WatchSweepsResponse { Snapshot = new SweepList { Sweeps = { all } } },
                { Changed: { } changed } => new WatchSweepsResponse { Changed = changed },
                _ => new WatchSweepsResponse { Removed = $"sweeps/{update.RemovedId}" },
            };
            await responseStream.WriteAsync(message, stop.Token);
        }
    }

    public override Task<ExportSweepResponse> ExportSweep(ExportSweepRequest request, ServerCallContext context)
    {
        var sweep = sweeps.Get(Names.SweepId(request.Name));
        if (!Enum.IsDefined(request.Format))
            throw new InvalidArgumentException("format", "Not a value of this enumeration.");
        return Task.FromResult(SweepTable.Write(SweepView.Create(sweep, withTrials: true), request.Format));
    }

    public override Task<GetSweepResultsResponse> GetSweepResults(
        GetSweepResultsRequest request, ServerCallContext context)
    {
        var sweep = SweepView.Create(sweeps.Get(Names.SweepId(request.Name)), withTrials: true);
        var results = SweepResults.Of(sweep.Spec, sweep.Trials);
        var importance = AxisEffects.Of(sweep.Spec, results);
        var response = new GetSweepResultsResponse { Best = { sweep.Best }, Importance = { importance } };
        response.Results.AddRange(results.Select(SweepResults.ToMessage));
        response.Verdict.AddRange(SweepVerdict.Of(sweep.Spec, results, importance, sweep.Best));
        if (SweepResults.Noise(results) is { } noise)
            response.Noise = noise;
        return Task.FromResult(response);
    }

    public override Task<GetSweepWinnerResponse> GetSweepWinner(
        GetSweepWinnerRequest request, ServerCallContext context)
    {
        var sweep = SweepView.Create(sweeps.Get(Names.SweepId(request.Name)), withTrials: true);
        return Task.FromResult(winners.Find(sweep, request.Dataset));
    }

    public override Task<GetSweepFiguresResponse> GetSweepFigures(
        GetSweepFiguresRequest request, ServerCallContext context)
    {
        var sweep = SweepView.Create(sweeps.Get(Names.SweepId(request.Name)), withTrials: true);
        var made = figures.Of(sweep).Where(f => request.Keys.Count == 0 || request.Keys.Contains(f.Key)).ToList();
        foreach (var figure in made)
        {
            if (request.Svg)
                figure.Svg = FigureDrawing.ToSvg(figure);
            if (request.Png)
                figure.Png = FigureDrawing.ToPng(figure);
        }

        return Task.FromResult(new GetSweepFiguresResponse { Figures = { made } });
    }

    private static string Token(SweepRecord record) =>
        string.Create(CultureInfo.InvariantCulture, $"{record.CreateTime.UtcTicks}-{record.Id}");

    private static bool TryReadToken(string token, out DateTimeOffset time, out string id)
    {
        var dash = token.IndexOf('-', StringComparison.Ordinal);
        (time, id) = (default, dash < 0 ? "" : token[(dash + 1)..]);
        if (!ResourceId.IsValid(id) || !long.TryParse(
            token.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || ticks > DateTime.MaxValue.Ticks)
            return false;
        time = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }
}
