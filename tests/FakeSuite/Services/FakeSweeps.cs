using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite.Services;

internal sealed class FakeSweeps(World world) : SweepService.SweepServiceBase
{
    public override Task<ListSweepsResponse> ListSweeps(ListSweepsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new ListSweepsResponse();
            foreach (var sweep in world.Sweeps)
            {
                var copy = sweep.Clone();
                copy.Trials.Clear();
                answer.Sweeps.Add(copy);
            }

            return Task.FromResult(answer);
        }
    }

    // A grid over the axes' values, whose trials have ended at once.
    public override Task<CreateSweepResponse> CreateSweep(CreateSweepRequest request, ServerCallContext context)
    {
        var spec = request.Spec.Clone();
        for (var i = 0; i < spec.Axes.Count; i++)
        {
            if (spec.Axes[i].Setting == "lora.range")
                throw Refusal.Field($"spec.axes[{i}].setting", "lora has no 'range', only rank, alpha, dropout.");
        }

        if (spec.Base.BaseModel.Length == 0)
            throw Refusal.Field("spec.base.base_model", "LoRA needs a base model.");
        var id = request.SweepId.Length > 0 ? request.SweepId : "calm-heron";
        var sweep = new Sweep
        {
            Name = "sweeps/" + id,
            DisplayName = request.DisplayName,
            Spec = spec,
            CreateTime = World.Now,
            StartTime = World.Now,
        };
        world.Change(() =>
        {
            foreach (var dataset in spec.Datasets)
            {
                foreach (var settings in Grid(spec))
                    AddTrial(sweep, id, dataset, settings);
            }

            sweep.TrialCount = sweep.Trials.Count;
            world.Sweeps.Insert(0, sweep);
            Sweeps.Refresh(world, sweep);
        });
        return Task.FromResult(new CreateSweepResponse { Sweep = sweep.Clone() });
    }

    public override Task<GetSweepWinnerResponse> GetSweepWinner(
        GetSweepWinnerRequest request, ServerCallContext context)
    {
        var sweep = Find(request.Name);
        var best = sweep.Best.First(item => item.Dataset == request.Dataset);
        var trial = sweep.Trials[best.Trial - 1];
        return Task.FromResult(new GetSweepWinnerResponse
        {
            Best = best,
            Trial = trial,
            Model = $"{trial.Run}@{trial.Step}",
            Adapter = true,
        });
    }

    public override Task<CancelSweepResponse> CancelSweep(CancelSweepRequest request, ServerCallContext context)
    {
        var sweep = Find(request.Name);
        world.Change(() =>
        {
            foreach (var run in world.Runs.Values.Where(r => r.Run.Sweep == sweep.Name))
            {
                if (run.Run.State is State.Queued)
                    run.Run.State = State.Cancelled;
                else if (run.Run.State is State.Running)
                    run.Run.State = State.Cancelling;
            }
        });
        return Task.FromResult(new CancelSweepResponse { Sweep = sweep.Clone() });
    }

    public override Task<ExportSweepResponse> ExportSweep(ExportSweepRequest request, ServerCallContext context)
    {
        var lines = Find(request.Name).Trials.Select(t => $"{t.Number},{t.Run},{t.Dataset},{t.ValidationLoss}");
        return Task.FromResult(new ExportSweepResponse
        {
            Content = "trial,run,dataset,validation_loss\r\n" + string.Join("\r\n", lines) + "\r\n",
            MediaType = "text/csv",
            FileName = "sweep.csv",
        });
    }

    public override Task<GetSweepResultsResponse> GetSweepResults(
        GetSweepResultsRequest request, ServerCallContext context) =>
        Task.FromResult(new GetSweepResultsResponse
        {
            Best = { Find(request.Name).Best },
            Verdict = { "On reviews alpha moves the validation loss by 0.2100, rank by 0.0100." },
        });

    public override Task<GetSweepFiguresResponse> GetSweepFigures(
        GetSweepFiguresRequest request, ServerCallContext context)
    {
        var trials = Find(request.Name).Trials;
        var figure = new SweepFigure { Key = "objective", Title = "Loss per trial", Kind = FigureKind.Bars };
        figure.Categories.AddRange(trials.Select(t => $"{t.Number}"));
        var series = new FigureSeries { Name = "loss" };
        series.Y.AddRange(trials.Select(t => t.HasValidationLoss ? t.ValidationLoss : double.NaN));
        figure.Series.Add(series);
        return Task.FromResult(new GetSweepFiguresResponse { Figures = { figure } });
    }

    public override Task WatchSweeps(
        WatchSweepsRequest request, IServerStreamWriter<WatchSweepsResponse> stream, ServerCallContext context) =>
        Watching.ListAsync(
            world,
            () => world.Sweeps,
            item => item.Name,
            (all, changed, removed) => stream.WriteAsync(all is not null
                ? new() { Snapshot = new() { Sweeps = { all } } }
                : changed is not null ? new() { Changed = changed } : new() { Removed = removed }),
            context.CancellationToken);

    public override async Task WatchSweep(
        WatchSweepRequest request, IServerStreamWriter<WatchSweepResponse> stream, ServerCallContext context)
    {
        var sweep = Find(request.Name);
        Sweep? sent = null;
        await Watching.EachChangeAsync(world, SendAsync, context.CancellationToken);

        async Task<bool> SendAsync()
        {
            var messages = new List<WatchSweepResponse>();
            Sweep now;
            lock (world.Lock)
                now = sweep.Clone();
            if (sent?.State != now.State)
                messages.Add(new() { Sweep = now });
            else
                messages.AddRange(now.Trials.Except(sent.Trials).Select(t => new WatchSweepResponse { Trial = t }));
            sent = now;
            foreach (var message in messages)
                await stream.WriteAsync(message, context.CancellationToken);
            return now.State is State.Running or State.Queued;
        }
    }

    private static IEnumerable<Struct> Grid(SweepSpec spec)
    {
        IEnumerable<Struct> all = [new Struct()];
        foreach (var axis in spec.Axes)
        {
            all = [.. all.SelectMany(_ => axis.Values, (before, value) =>
            {
                var settings = before.Clone();
                settings.Fields[axis.Setting] = value;
                return settings;
            })];
        }

        return all;
    }

    private void AddTrial(Sweep sweep, string id, string dataset, Struct settings)
    {
        var number = sweep.Trials.Count + 1;
        var spec = Seed.Spec(10, dataset);
        var run = new FakeRun(new()
        {
            Name = $"runs/{id}-{number}",
            Spec = spec,
            State = State.Running,
            Sweep = sweep.Name,
        });
        for (var step = 0; step < 10; step++)
            run.Step(DateTime.UtcNow);
        run.End(State.Succeeded, StopReason.Completed, DateTime.UtcNow);
        run.Run.ValidationLoss = 2.0 + (0.1 * number);
        world.Runs[run.Run.Name] = run;
        sweep.Trials.Add(new Trial { Number = number, Run = run.Run.Name, Dataset = dataset, Settings = settings });
    }

    private Sweep Find(string name)
    {
        lock (world.Lock)
            return world.Sweeps.Find(s => s.Name == name) ?? throw Refusal.NotFound(name);
    }
}
