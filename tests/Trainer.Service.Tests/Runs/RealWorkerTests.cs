using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Trainer.Service.Tests.Worker;
using Platform.Workers;

namespace Platform.Trainer.Service.Tests.Runs;

/// <summary>The service and its own worker: the contract between them, from both sides.</summary>
public sealed class RealWorkerTests
{
    [Fact]
    public async Task Run_WorkerKilledOnTheWay_EndsLikeOneThatWasNot()
    {
        // Guards besides against an estimate that fails over an earlier run whose spec is not complete: the second run
        // is created where TinyRun has left one.
        using var data = new TinyRun();
        using var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        var calm = await service.FinishAsync(await CreateAsync(service, "calm"));
        var name = await CreateAsync(service, "shaken");
        var folder = Path.Combine(data.DataRoot, name);
        await Eventually.HoldsAsync(
            async () => (await service.GetAsync(name)).Step >= 12, TimeSpan.FromSeconds(60), "it is at step 12");
        using (var worker = WorkerProcess.TryAdopt(WorkerFile.TryRead(folder)!.Identity))
            worker?.Kill();
        var shaken = await service.FinishAsync(name);

        AssertUsage(calm);
        Assert.Equal((State.Succeeded, 200), (shaken.State, shaken.Step));
        Assert.Equal(2, shaken.Attempt);
        Assert.Equal(calm.FinalLoss, shaken.FinalLoss);
        Assert.Equal(calm.ValidationLoss, shaken.ValidationLoss);
        Assert.True(calm.ValidationLoss < calm.InitialValidationLoss);
        Assert.DoesNotContain(
            "libtorch",
            await File.ReadAllTextAsync($"/proc/{service.Pid}/maps", Suite.Cancel),
            StringComparison.OrdinalIgnoreCase);
    }

    // What was estimated against what then happened. Seconds depend on what else the machine does: that they are there
    // is all that a test can say; docs/study.md has measured ones.
    private static void AssertUsage(Run run)
    {
        var (estimate, usage) = (run.Estimate, run.Usage);
        Assert.Equal(estimate.ParameterCount, run.ParameterCount);
        Assert.Equal(estimate.TrainableParameterCount, run.TrainableParameterCount);
        Assert.Equal(estimate.FlopsPerStep, usage.FlopsPerStep);
        Assert.Equal(estimate.Steps, run.Step);
        Assert.InRange(usage.MemoryBytes / (double)estimate.MemoryBytes, 0.4, 1.25);
        Assert.True(estimate.StepSeconds > 0 && usage.StepSeconds > 0);
        Assert.True(estimate.Seconds > 0 && usage.Seconds >= usage.StepSeconds * run.Step);
    }

    [Fact]
    public async Task Sweep_LoraOnATrainedBase_EveryTrialBeatsTheUntunedModel()
    {
        using var data = new TinyRun();
        using var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        await service.FinishAsync(await CreateAsync(service, "base", steps: 30));
        var spec = Spec(30);
        (spec.Model, spec.BaseModel, spec.Lora) = (null, "runs/base", new LoraSpec { Alpha = 8 });
        var request = new CreateSweepRequest { SweepId = "ranks", Spec = new SweepSpec { Base = spec } };
        var axis = new Axis { Setting = "lora.rank", Values = { Value.ForNumber(1), Value.ForNumber(4) } };
        request.Spec.Axes.Add(axis);
        await service.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel);
        Sweep? sweep = null;
        using var call = service.Sweeps.WatchSweep(
            new WatchSweepRequest { Name = "sweeps/ranks" }, cancellationToken: Suite.Cancel);
        await foreach (var message in call.ResponseStream.ReadAllAsync(Suite.Cancel))
            sweep = message.Sweep ?? sweep;

        Assert.Equal(State.Succeeded, sweep!.State);
        Assert.All(sweep.Trials, trial => Assert.True(trial.ValidationLoss < trial.InitialValidationLoss));
        Assert.True(sweep.Trials[0].TrainableParameterCount < sweep.Trials[1].TrainableParameterCount);
        Assert.Single(sweep.Best);
        await CheckWinnerAsync(service, data, sweep);
    }

    // What a sweep is made for: its best adapter by itself, and merged into its base.
    private static async Task CheckWinnerAsync(TrainerProcess service, TinyRun data, Sweep sweep)
    {
        var winner = await service.Sweeps.GetSweepWinnerAsync(
            new GetSweepWinnerRequest { Name = sweep.Name }, cancellationToken: Suite.Cancel);
        var trial = sweep.Trials.MinBy(trial => trial.Objective)!;
        Assert.Equal(($"{trial.Run}@30", true), (winner.Model, winner.Adapter));
        Assert.Equal(trial.Number, winner.Trial.Number);
        var adapter = await ExportAsync(service, winner.Model, ExportFormat.Peft);
        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "tokenizer_config.json"],
            adapter.Files);
        Assert.Equal(
            await File.ReadAllBytesAsync(
                Path.Combine(data.DataRoot, trial.Run, "checkpoints/step-00000030/adapter_model.safetensors"),
                Suite.Cancel),
            await File.ReadAllBytesAsync(Path.Combine(adapter.Folder, "adapter_model.safetensors"), Suite.Cancel));
        var merged = await ExportAsync(service, winner.Model, ExportFormat.HuggingFace);
        Assert.Contains("model.safetensors", merged.Files);
        var failure = await Suite.FailureAsync(service.Sweeps.GetSweepWinnerAsync(
            new GetSweepWinnerRequest { Name = sweep.Name, Dataset = "datasets/none" },
            cancellationToken: Suite.Cancel));
        Assert.Equal((StatusCode.InvalidArgument, "dataset"), (failure.Code, Assert.Single(failure.Fields)));
    }

    private static async Task<ExportModelResponse> ExportAsync(
        TrainerProcess service, string model, ExportFormat format)
    {
        ExportModelResponse? last = null;
        using var call = service.Exports.ExportModel(
            new ExportModelRequest { Model = model, Format = format }, cancellationToken: Suite.Cancel);
        await foreach (var progress in call.ResponseStream.ReadAllAsync(Suite.Cancel))
            last = progress;
        return last!;
    }

    private static RunSpec Spec(long steps)
    {
        var spec = TinyRun.Spec();
        spec.MaxSteps = steps;
        return spec;
    }

    private static async Task<string> CreateAsync(TrainerProcess service, string id, long steps = 200)
    {
        var request = new CreateRunRequest { RunId = id, Spec = Spec(steps) };
        return (await service.Runs.CreateRunAsync(request, cancellationToken: Suite.Cancel)).Run.Name;
    }
}
