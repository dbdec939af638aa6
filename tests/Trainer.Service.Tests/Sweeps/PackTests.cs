using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Trainer.Service.Tests.Worker;
using Platform.Workers;
using Platform.Workspaces;

namespace Platform.Trainer.Service.Tests.Sweeps;

/// <summary>Trials that train together, through service and worker.</summary>
public sealed class PackTests
{
    [Fact]
    public async Task Sweep_Packed_EqualsTrialsThatTrainAlone()
    {
        using var data = new TinyRun();
        using var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        await BaseAsync(service);
        var alone = await FinishAsync(service, await CreateAsync(service, "alone", pack: 1));
        var packed = await FinishAsync(service, await CreateAsync(service, "packed", pack: 0));

        Assert.All(alone.Trials, trial => Assert.Equal(1, trial.PackSize));
        Assert.All(packed.Trials, trial => Assert.Equal(4, trial.PackSize));
        foreach (var (one, other) in alone.Trials.Zip(packed.Trials))
        {
            Assert.Equal(State.Succeeded, other.State);
            Assert.Equal(one.TrainableParameterCount, other.TrainableParameterCount);
            var (expected, actual) = (Losses(data, one.Run), Losses(data, other.Run));
            Assert.Equal(expected.Count, actual.Count);
            foreach (var (key, value) in expected)
                Assert.Equal(value, actual[key], 1e-5);
            // Each has its own folder as if it had trained alone: its checkpoint is what an adapter is served from.
            foreach (var file in new[] { "adapter_model.safetensors", "optimizer.safetensors", "trainer.json" })
                Assert.True(File.Exists(Path.Combine(data.DataRoot, other.Run, "checkpoints", "step-00000030", file)));
            Assert.Contains(
                "step    30",
                await File.ReadAllTextAsync(Path.Combine(data.DataRoot, other.Run, "log.txt"), Suite.Cancel),
                StringComparison.Ordinal);
        }

        // Ranks and dropout differ, so these are four different courses and not one four times.
        Assert.Equal(4, packed.Trials.Select(trial => trial.FinalLoss).Distinct().Count());
    }

    [Fact]
    public async Task CancelRun_OneOfAPack_EndsThatTrialAlone()
    {
        using var data = new TinyRun();
        using var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        await BaseAsync(service);
        await CreateAsync(service, "some", pack: 0, steps: 100_000);
        await UntilStepAsync(service, "runs/some-2", 3);
        var cancelled = new CancelRunRequest { Name = "runs/some-2" };
        await service.Runs.CancelRunAsync(cancelled, cancellationToken: Suite.Cancel);
        var ended = await UntilAsync(service, "runs/some-2", run => run.State == State.Cancelled);
        var others = await GetAsync(service, "runs/some-1");
        await UntilStepAsync(service, "runs/some-1", others.Step + 5);

        Assert.True(ended.Step < 100_000);
        Assert.True(Directory.Exists(Path.Combine(
            data.DataRoot, "runs/some-2/checkpoints", $"step-{ended.Step:D8}")), "what it had is kept");
        Assert.Equal((1, State.Running), (others.Attempt, others.State));
        // The sweep as a whole: the others end likewise, and each says so.
        await service.Sweeps.CancelSweepAsync(
            new CancelSweepRequest { Name = "sweeps/some" }, cancellationToken: Suite.Cancel);
        var sweep = await FinishAsync(service, "sweeps/some");
        Assert.All(sweep.Trials, trial => Assert.Equal(State.Cancelled, trial.State));
    }

    [Fact]
    public async Task Sweep_PackKilled_EveryTrialGoesOnFromItsCheckpoint()
    {
        using var data = new TinyRun();
        using var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        await BaseAsync(service);
        var calm = await FinishAsync(service, await CreateAsync(service, "calm", pack: 0, steps: 400));
        await CreateAsync(service, "shaken", pack: 0, steps: 400);
        await UntilStepAsync(service, "runs/shaken-3", 12);
        var file = WorkerFile.TryRead(Path.Combine(data.DataRoot, "runs/shaken-3"))!;
        using (var worker = WorkerProcess.TryAdopt(file.Identity))
            worker?.Kill();
        var shaken = await FinishAsync(service, "sweeps/shaken");

        foreach (var (one, other) in calm.Trials.Zip(shaken.Trials))
        {
            Assert.Equal((State.Succeeded, 400), (other.State, other.Step));
            Assert.Equal((2, 4), ((await GetAsync(service, other.Run)).Attempt, other.PackSize));
            Assert.Equal(one.FinalLoss, other.FinalLoss, 1e-5);
            Assert.Equal(one.ValidationLoss, other.ValidationLoss, 1e-5);
        }
    }

    [Fact]
    public async Task Sweep_ServiceKilled_FindsThePackAgain()
    {
        using var data = new TinyRun();
        var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        try
        {
            await BaseAsync(service);
            await CreateAsync(service, "found", pack: 0, steps: 100_000);
            await UntilStepAsync(service, "runs/found-1", 3);
            service.Kill();
        }
        finally
        {
            service.Dispose();
        }

        using var next = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        var again = await UntilAsync(next, "runs/found-1", run => run.State == State.Running);
        Assert.Equal((1, 4), (again.Attempt, again.PackSize));
        await next.Runs.CancelRunAsync(new CancelRunRequest { Name = "runs/found-4" }, cancellationToken: Suite.Cancel);
        await UntilAsync(next, "runs/found-4", run => run.State == State.Cancelled);
        var others = await GetAsync(next, "runs/found-1");
        Assert.Equal((1, State.Running), (others.Attempt, others.State));
        await next.Sweeps.CancelSweepAsync(
            new CancelSweepRequest { Name = "sweeps/found" }, cancellationToken: Suite.Cancel);
        var sweep = await FinishAsync(next, "sweeps/found");
        Assert.All(sweep.Trials, trial => Assert.Equal(State.Cancelled, trial.State));
    }

    private static async Task BaseAsync(TrainerProcess service)
    {
        var spec = TinyRun.Spec();
        spec.MaxSteps = 30;
        await service.Runs.CreateRunAsync(
            new CreateRunRequest { RunId = "base", Spec = spec }, cancellationToken: Suite.Cancel);
        await UntilAsync(service, "runs/base", run => run.State == State.Succeeded);
    }

    private static async Task<string> CreateAsync(TrainerProcess service, string id, int pack, long steps = 30)
    {
        var spec = TinyRun.Spec();
        (spec.Model, spec.BaseModel, spec.MaxSteps) = (null, "runs/base", steps);
        spec.Lora = new LoraSpec { Alpha = 8, Bias = LoraBias.LoraOnly };
        var request = new CreateSweepRequest { SweepId = id, Spec = new SweepSpec { Base = spec, Pack = pack } };
        request.Spec.Axes.Add(Axis("lora.rank", 1, 4));
        request.Spec.Axes.Add(Axis("lora.dropout", 0, 0.2));
        return (await service.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel)).Sweep.Name;
    }

    private static Axis Axis(string setting, params double[] values) =>
        new() { Setting = setting, Values = { values.Select(Value.ForNumber) } };

    private static async Task<Sweep> FinishAsync(TrainerProcess service, string name)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Suite.Cancel);
        deadline.CancelAfter(TimeSpan.FromMinutes(3));
        Sweep? sweep = null;
        using var call = service.Sweeps.WatchSweep(
            new WatchSweepRequest { Name = name }, cancellationToken: deadline.Token);
        await foreach (var message in call.ResponseStream.ReadAllAsync(deadline.Token))
            sweep = message.Sweep ?? sweep;
        return sweep!;
    }

    private static async Task<Run> GetAsync(TrainerProcess service, string name) =>
        (await service.Runs.GetRunAsync(new GetRunRequest { Name = name }, cancellationToken: Suite.Cancel)).Run;

    private static Task<Run> UntilStepAsync(TrainerProcess service, string name, long step) =>
        UntilAsync(service, name, run => run.Step >= step);

    private static async Task<Run> UntilAsync(TrainerProcess service, string name, Func<Run, bool> holds)
    {
        Run? run = null;
        await Eventually.HoldsAsync(
            async () => holds(run = await TryGetAsync(service, name)), TimeSpan.FromSeconds(90), $"{name} as wanted");
        return run!;
    }

    // A trial's run is made when its turn comes near.
    private static async Task<Run> TryGetAsync(TrainerProcess service, string name)
    {
        try
        {
            return await GetAsync(service, name);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return new Run();
        }
    }

    // Training and validation losses by step.
    private static Dictionary<string, double> Losses(TinyRun data, string run)
    {
        var losses = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in JsonLinesFile.ReadAll(Path.Combine(data.DataRoot, run, "metrics.jsonl")))
        {
            foreach (var name in new[] { "train_loss", "validation_loss" })
            {
                if (line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number)
                    losses[$"{name} {line.GetProperty("step").GetInt64()}"] = value.GetDouble();
            }
        }

        return losses;
    }
}
