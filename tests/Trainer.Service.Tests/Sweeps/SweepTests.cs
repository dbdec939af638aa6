using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;

namespace Platform.Trainer.Service.Tests.Sweeps;

public sealed class SweepTests
{
    [Fact]
    public async Task Sweep_GridOnTwoDatasets_RunsEveryTrialAndNamesTheBest()
    {
        await using var suite = Suite.Start(s =>
        {
            s.WriteDataset("reviews");
            // The same settings do worse on the second data set.
            foreach (var number in new[] { 2, 4, 6, 8 })
                s.Script($"grid-{number}", new() { ["Offset"] = 1 });
        });
        var created = await CreateAsync(suite, "grid", spec =>
        {
            spec.Datasets.AddRange(["datasets/letters", "datasets/reviews"]);
            spec.Axes.Add(Axis("optimizer.learning_rate", 0.3, 0.1));
            spec.Axes.Add(Axis("seed", 1, 2));
        });
        Assert.Equal(("sweeps/grid", 8), (created.Name, created.TrialCount));
        Assert.Equal("runs/grid-1", created.Trials[0].Run);
        var seen = new List<WatchSweepResponse>();
        using var call = suite.Sweeps.WatchSweep(
            new WatchSweepRequest { Name = "sweeps/grid" }, cancellationToken: Suite.Cancel);
        await foreach (var message in call.ResponseStream.ReadAllAsync(Suite.Cancel))
            seen.Add(message);
        var sweep = seen[^1].Sweep;

        Assert.Equal((State.Succeeded, 8, 0), (sweep.State, sweep.EndedTrialCount, sweep.FailedTrialCount));
        Assert.NotNull(seen[0].Sweep);
        Assert.Contains(seen, item => item.Trial is { State: State.Succeeded });
        Assert.Equal([0.3, 0.3, 0.3, 0.3, 0.1, 0.1, 0.1, 0.1], sweep.Trials.Select(
            trial => trial.Settings.Fields["optimizer.learning_rate"].NumberValue));
        Assert.Equal(
            [("datasets/letters", 5), ("datasets/reviews", 6), ("", 5)],
            sweep.Best.Select(best => (best.Dataset, best.Trial)));
        Assert.Equal((sweep.Best[0].Objective + sweep.Best[1].Objective) / 2, sweep.Best[2].Objective, 9);
        Assert.NotNull(sweep.EndTime);
        var run = await suite.GetAsync("runs/grid-5");
        Assert.Equal(("sweeps/grid", 0.1, 1, "optimizer.learning_rate=0.1 seed=1"), (
            run.Sweep, run.Spec.Optimizer.LearningRate, run.Spec.Seed, run.DisplayName));
        await CheckExportAsync(suite);
    }

    [Fact]
    public async Task Sweep_TrialsFail_AreTriedOnceMoreAndThenShown()
    {
        await using var suite = Suite.Start(s =>
        {
            s.Script("weak-1", new() { ["FailAt"] = 3, ["FailAttempts"] = 1 });
            s.Script("weak-2", new() { ["FailAt"] = 3, ["FailAttempts"] = 9 });
        });
        await CreateAsync(suite, "weak", spec => spec.Axes.Add(Axis("seed", 1, 2)));
        var sweep = await UntilAsync(suite, "sweeps/weak", State.Succeeded);

        Assert.Equal([State.Succeeded, State.Failed], sweep.Trials.Select(trial => trial.State));
        Assert.Equal([1, 1], sweep.Trials.Select(trial => trial.Retries));
        Assert.Equal("It was told to fail.", sweep.Trials[1].Error.Message);
        Assert.Equal((1, 1), (sweep.FailedTrialCount, Assert.Single(sweep.Best).Trial));
    }

    [Fact]
    public async Task Sweep_CancelledAndResumed_FinishesWhatWasLeft()
    {
        await using var suite = Suite.Start(s => s.Script("pause-2", new() { ["HoldAt"] = 3 }));
        await CreateAsync(suite, "pause", spec => spec.Axes.Add(Axis("seed", 1, 2, 3)));
        await suite.UntilStepAsync("runs/pause-2", 2);
        await suite.Sweeps.CancelSweepAsync(
            new CancelSweepRequest { Name = "sweeps/pause" }, cancellationToken: Suite.Cancel);
        var sweep = await UntilAsync(suite, "sweeps/pause", State.Cancelled);
        Assert.Equal(
            [State.Succeeded, State.Cancelled, State.Cancelled], sweep.Trials.Select(trial => trial.State));

        suite.Go("pause-2");
        await suite.Sweeps.ResumeSweepAsync(
            new ResumeSweepRequest { Name = "sweeps/pause" }, cancellationToken: Suite.Cancel);
        await UntilAsync(suite, "sweeps/pause", State.Succeeded);
        var failure = await Suite.FailureAsync(suite.Sweeps.ResumeSweepAsync(
            new ResumeSweepRequest { Name = "sweeps/pause" }, cancellationToken: Suite.Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, "SWEEP_NOT_RESUMABLE"), (failure.Code, failure.Reason));
    }

    [Fact]
    public async Task Sweep_TwoDevices_TrainsTwoTrialsAtOnce()
    {
        // Devices that are not there: the stand-in only says where it was sent.
        await using var suite = Suite.Start(s =>
        {
            s.Set("Trainer:Devices:0", "cuda:0");
            s.Set("Trainer:Devices:1", "cuda:1");
            s.Script("wide-1", new() { ["HoldAt"] = 3 });
            s.Script("wide-2", new() { ["HoldAt"] = 3 });
        });
        await CreateAsync(suite, "wide", spec => spec.Axes.Add(Axis("seed", 1, 2, 3)));
        await suite.UntilStepAsync("runs/wide-1", 2);
        await suite.UntilStepAsync("runs/wide-2", 2);
        Assert.Equal(State.Queued, (await suite.GetAsync("runs/wide-3")).State);
        suite.Go("wide-2");
        var third = await suite.UntilAsync("runs/wide-3", State.Succeeded);
        var first = await suite.GetAsync("runs/wide-1");
        Assert.Equal((State.Running, "cuda:0", "cuda:1"), (first.State, first.Device, third.Device));
        suite.Go("wide-1");
        await UntilAsync(suite, "sweeps/wide", State.Succeeded);
    }

    [Fact]
    public async Task Sweep_ServiceRestarted_GoesOn()
    {
        await using var suite = Suite.Start(s => s.Script("again-2", new() { ["HoldAt"] = 3 }));
        await CreateAsync(suite, "again", spec => spec.Axes.Add(Axis("seed", 1, 2, 3)));
        await suite.UntilStepAsync("runs/again-2", 2);
        await suite.StopServiceAsync();
        // An index that is gone changes nothing: it is no place where anything is kept.
        Directory.Delete(suite.Root.StateDir, recursive: true);
        suite.Go("again-2");
        suite.StartService();

        var sweep = await UntilAsync(suite, "sweeps/again", State.Succeeded);
        Assert.Equal(3, sweep.EndedTrialCount);
        Assert.All(sweep.Trials, trial => Assert.Equal(10, trial.Step));
    }

    [Fact]
    public async Task DeleteSweep_Ended_TakesItsRunsAlong()
    {
        await using var suite = Suite.Start();
        await CreateAsync(suite, "gone", spec => spec.Axes.Add(Axis("seed", 1, 2)));
        await UntilAsync(suite, "sweeps/gone", State.Succeeded);
        var failure = await Suite.FailureAsync(suite.Runs.DeleteRunAsync(
            new DeleteRunRequest { Name = "runs/gone-1" }, cancellationToken: Suite.Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, "RUN_IN_USE"), (failure.Code, failure.Reason));
        Assert.Contains("sweeps/gone", failure.Message, StringComparison.Ordinal);

        await suite.Sweeps.DeleteSweepAsync(
            new DeleteSweepRequest { Name = "sweeps/gone" }, cancellationToken: Suite.Cancel);
        Assert.Empty(Directory.GetDirectories(suite.Root.Runs));
        Assert.Empty(Directory.GetDirectories(suite.Root.Sweeps));
        var list = await suite.Sweeps.ListSweepsAsync(new ListSweepsRequest(), cancellationToken: Suite.Cancel);
        Assert.Empty(list.Sweeps);
    }

    [Fact]
    public async Task WatchSweeps_SweepComesEndsAndGoes_ToldAfterTheSnapshot()
    {
        await using var suite = Suite.Start();
        using var call = suite.Sweeps.WatchSweeps(new WatchSweepsRequest(), cancellationToken: Suite.Cancel);
        var stream = call.ResponseStream;
        Assert.True(await stream.MoveNext(Suite.Cancel));
        Assert.Empty(stream.Current.Snapshot.Sweeps);

        await CreateAsync(suite, "told", spec => spec.Axes.Add(Axis("seed", 1, 2)));
        do
            Assert.True(await stream.MoveNext(Suite.Cancel));
        while (stream.Current.Changed is not { Name: "sweeps/told", State: State.Succeeded, EndedTrialCount: 2 });
        Assert.Empty(stream.Current.Changed.Trials);
        await suite.Sweeps.DeleteSweepAsync(
            new DeleteSweepRequest { Name = "sweeps/told" }, cancellationToken: Suite.Cancel);
        do
            Assert.True(await stream.MoveNext(Suite.Cancel));
        while (stream.Current.Removed != "sweeps/told");
    }

    [Fact]
    public async Task CreateSweep_ManyMistakes_NamesTheFields()
    {
        await using var suite = Suite.Start();
        var request = new CreateSweepRequest { Spec = new SweepSpec { Base = Suite.Spec() } };
        request.Spec.Axes.Add(Axis("lora.range", 1));
        request.Spec.Axes.Add(Axis("optimizer", 1));
        request.Spec.Axes.Add(Axis("seed", 1.5));
        request.Spec.Axes.Add(new Axis { Setting = "precision", Values = { Value.ForString("fp64") } });
        request.Spec.Axes.Add(new Axis { Setting = "max_steps" });
        var failure = await Suite.FailureAsync(suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel));

        Assert.Equal(StatusCode.InvalidArgument, failure.Code);
        Assert.Equal(
            [
                "spec.axes[0].setting", "spec.axes[1].setting", "spec.axes[2].values[0]", "spec.axes[3].values[0]",
                "spec.axes[4].values",
            ],
            failure.Fields.Where(field => field != "spec.axes"));
        Assert.Contains("rank, alpha", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateSweep_ValueOutOfRange_NamesAxisAndValue()
    {
        await using var suite = Suite.Start();
        var request = new CreateSweepRequest { Spec = new SweepSpec { Base = Suite.Spec() } };
        request.Spec.Base.Device = "tpu";
        request.Spec.Axes.Add(Axis("optimizer.learning_rate", 0.1, -1));
        request.Spec.Axes.Add(Axis("seed", 1, 2));
        var failure = await Suite.FailureAsync(suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel));

        Assert.Equal(["spec.base.device", "spec.axes[0].values[1]"], failure.Fields);
    }

    [Fact]
    public async Task CreateSweep_LoraThatFitsNothing_NamesAxisAndValue()
    {
        await using var suite = Suite.Start();
        var request = await LoraSweepAsync(suite);
        // The base is 16 wide.
        request.Spec.Axes.Add(Axis("lora.rank", 0, 2, 16, 17));
        request.Spec.Axes.Add(Axis("lora.alpha", 0, 1));
        request.Spec.Axes.Add(new Axis
        {
            Setting = "lora.targets",
            Values = { Value.ForList(Value.ForString("c_attn")), Value.ForList(Value.ForString("q_proj")) },
        });
        var failure = await Suite.FailureAsync(suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel));

        Assert.Equal(StatusCode.InvalidArgument, failure.Code);
        Assert.Equal(
            ["spec.axes[0].values[0]", "spec.axes[0].values[3]", "spec.axes[1].values[0]", "spec.axes[2].values[1]"],
            failure.Fields.Order(StringComparer.Ordinal));
        Assert.Contains("matches none of the base's layers", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateSweep_AdapterForAnotherBase_IsRefused()
    {
        var folder = SharedData.Require("lora-adapters/gpt2-medium-alpaca-r2");
        await using var suite = Suite.Start();
        var request = await LoraSweepAsync(suite);
        var copy = Directory.CreateDirectory(Path.Combine(suite.Root.Path, "hub", "adapter")).FullName;
        foreach (var file in Directory.GetFiles(folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        request.Spec.Base.Lora.Adapter = "path:" + copy;
        request.Spec.Axes.Add(Axis("lora.dropout", 0, 0.1));
        var failure = await Suite.FailureAsync(suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel));

        Assert.Equal(["spec.base.lora.adapter"], failure.Fields);
        Assert.Contains("(2, 1024)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateSweep_TooManyTrials_IsRefused()
    {
        await using var suite = Suite.Start();
        var request = new CreateSweepRequest { Spec = new SweepSpec { Base = Suite.Spec() } };
        request.Spec.Axes.Add(Axis("seed", [.. Enumerable.Range(0, 101).Select(i => (double)i)]));
        request.Spec.Axes.Add(Axis("batch.micro_batch_size", [.. Enumerable.Range(1, 100).Select(i => (double)i)]));
        var failure = await Suite.FailureAsync(suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel));

        Assert.Equal(["spec.axes"], failure.Fields);
        Assert.Contains("10,100", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<CreateSweepRequest> LoraSweepAsync(Suite suite)
    {
        await suite.UntilAsync(await suite.CreateAsync("base"), State.Succeeded);
        var request = new CreateSweepRequest { Spec = new SweepSpec { Base = Suite.Spec() } };
        (request.Spec.Base.Model, request.Spec.Base.BaseModel, request.Spec.Base.Lora) =
            (null, "runs/base", new LoraSpec());
        return request;
    }

    private static async Task CheckExportAsync(Suite suite)
    {
        var request = new ExportSweepRequest { Name = "sweeps/grid" };
        var csv = await suite.Sweeps.ExportSweepAsync(request, cancellationToken: Suite.Cancel);
        Assert.Equal(("text/csv", "grid.csv"), (csv.MediaType, csv.FileName));
        var lines = csv.Content.Split("\r\n");
        Assert.Equal(10, lines.Length);
        Assert.StartsWith(
            "trial,dataset,optimizer.learning_rate,seed,state,objective,final_loss",
            lines[0],
            StringComparison.Ordinal);
        Assert.StartsWith("1,datasets/letters,0.3,1,SUCCEEDED,1.1636363636", lines[1], StringComparison.Ordinal);

        request.Format = TableFormat.Markdown;
        var markdown = await suite.Sweeps.ExportSweepAsync(request, cancellationToken: Suite.Cancel);
        Assert.StartsWith("| trial | dataset | optimizer.learning_rate |", markdown.Content, StringComparison.Ordinal);
        request.Format = TableFormat.Json;
        var json = await suite.Sweeps.ExportSweepAsync(request, cancellationToken: Suite.Cancel);
        Assert.Equal(8, System.Text.Json.JsonDocument.Parse(json.Content).RootElement.GetArrayLength());
    }

    private static Axis Axis(string setting, params double[] values)
    {
        var axis = new Axis { Setting = setting };
        axis.Values.AddRange(values.Select(Value.ForNumber));
        return axis;
    }

    private static async Task<Sweep> CreateAsync(Suite suite, string id, Action<SweepSpec> change)
    {
        var request = new CreateSweepRequest { SweepId = id, Spec = new SweepSpec { Base = Suite.Spec() } };
        change(request.Spec);
        return (await suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel)).Sweep;
    }

    private static async Task<Sweep> UntilAsync(Suite suite, string name, State state)
    {
        Sweep? last = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                var response = await suite.Sweeps.GetSweepAsync(
                    new GetSweepRequest { Name = name }, cancellationToken: Suite.Cancel);
                last = response.Sweep;
                return last.State == state;
            },
            text: $"{name} is {state}");
        return last!;
    }
}
