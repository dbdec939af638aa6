using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.TrainerHost.Worker.Checkpoints;

namespace Platform.Trainer.Service.Tests.Runs;

public sealed class RunCreationTests
{
    [Fact]
    public async Task CreateRun_FewSettings_FillsEveryDefaultIn()
    {
        await using var suite = Suite.Start(s => s.Script("default", new() { ["HoldAt"] = 1 }));
        var request = new CreateRunRequest
        {
            RunId = "small",
            Spec = new RunSpec { Dataset = "datasets/letters", Model = new ModelSpec { BlockSize = 32 } },
        };
        var run = (await suite.Runs.CreateRunAsync(request, cancellationToken: Suite.Cancel)).Run;

        Assert.Equal(("runs/small", State.Queued, 1), (run.Name, run.State, run.QueuePosition));
        var spec = run.Spec;
        Assert.Equal((12, 12, 768, 32, true, 64), (
            spec.Model.NLayer, spec.Model.NHead, spec.Model.NEmbd, spec.Model.BlockSize, spec.Model.Bias,
            spec.Model.VocabMultiple));
        Assert.Equal((8, 32, 256L), (spec.Batch.MicroBatchSize, spec.Batch.SequenceLength, spec.Batch.TokensPerStep));
        Assert.Equal((1000, 1337, 3, "auto", Precision.Fp32), (
            spec.MaxSteps, spec.Seed, spec.MaxRestarts, spec.Device, spec.Precision));
        Assert.Equal((6e-4, 6e-4 / 10, 10, Schedule.Cosine, 0.9, 0.95, 1e-8, 0.1, 1), (
            spec.Optimizer.LearningRate, spec.Optimizer.MinLearningRate, spec.Optimizer.WarmupSteps,
            spec.Optimizer.Schedule, spec.Optimizer.Beta1, spec.Optimizer.Beta2, spec.Optimizer.Epsilon,
            spec.Optimizer.WeightDecay, spec.Optimizer.GradientClip));
        Assert.Equal((250, 20, 4, 32), (
            spec.Evaluation.ValidationInterval, spec.Evaluation.ValidationBatches, spec.Evaluation.SampleCount,
            spec.Evaluation.SampleTokens));
        Assert.Equal((500, 2), (spec.Checkpoint.Interval, spec.Checkpoint.KeepLast));
        Assert.Equal(spec, (await suite.GetAsync("runs/small")).Spec);
    }

    [Fact]
    public async Task CreateRun_ManyMistakes_NamesEveryFieldAtOnce()
    {
        await using var suite = Suite.Start();
        var spec = Suite.Spec();
        spec.Dataset = "datasets/nowhere";
        spec.MaxSteps = 0;
        spec.Device = "tpu";
        spec.Model = new ModelSpec { NHead = 5, NEmbd = 16, Dropout = double.NaN };
        spec.Batch = new BatchSpec { MicroBatchSize = 0 };
        spec.Optimizer = new OptimizerSpec { LearningRate = -1 };
        spec.Lora = new LoraSpec { Rank = 0 };
        var request = new CreateRunRequest { RunId = "No Good", Tags = { "a b" }, Spec = spec };
        var failure = await Suite.FailureAsync(suite.Runs.CreateRunAsync(request, cancellationToken: Suite.Cancel));

        Assert.Equal((StatusCode.InvalidArgument, "INVALID_ARGUMENT"), (failure.Code, failure.Reason));
        Assert.Equal(
            [
                "base_model", "batch.micro_batch_size", "dataset", "device", "lora.rank", "max_steps", "model.dropout",
                "model.n_head", "optimizer.learning_rate",
            ],
            failure.Fields.Where(f => f.StartsWith("spec.", StringComparison.Ordinal)).Select(f => f[5..]).Order());
        Assert.Contains("run_id", failure.Fields);
        Assert.Contains("tags[0]", failure.Fields);
    }

    [Theory]
    [InlineData("documents", "holds documents")]
    [InlineData("halfway", "not ready")]
    [InlineData("nowhere", "no data set")]
    public async Task CreateRun_UnfitDataset_SaysWhy(string dataset, string why)
    {
        await using var suite = Suite.Start(s =>
        {
            s.WriteDataset("documents", kind: "DOCUMENTS");
            Directory.CreateDirectory(Path.Combine(s.Root.Datasets, "halfway"));
        });
        var spec = Suite.Spec();
        spec.Dataset = $"datasets/{dataset}";
        var failure = await Suite.FailureAsync(
            suite.Runs.CreateRunAsync(new CreateRunRequest { Spec = spec }, cancellationToken: Suite.Cancel));

        Assert.Equal(["spec.dataset"], failure.Fields);
        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateRun_SameRequestIdTwice_IsOneRun()
    {
        await using var suite = Suite.Start();
        var first = await suite.CreateAsync(change: r => r.RequestId = "once");
        await suite.UntilAsync(first, State.Succeeded);
        await suite.StopServiceAsync();
        suite.StartService();

        Assert.Equal(first, await suite.CreateAsync(change: r => r.RequestId = "once"));
        var list = await suite.Runs.ListRunsAsync(new ListRunsRequest(), cancellationToken: Suite.Cancel);
        Assert.Equal(1, list.TotalSize);
    }

    [Fact]
    public async Task CreateRun_IdTaken_AlreadyExists()
    {
        await using var suite = Suite.Start();
        await suite.CreateAsync("one");
        var request = new CreateRunRequest { RunId = "one", Spec = Suite.Spec() };
        var failure = await Suite.FailureAsync(suite.Runs.CreateRunAsync(request, cancellationToken: Suite.Cancel));

        Assert.Equal((StatusCode.AlreadyExists, "RUN_EXISTS"), (failure.Code, failure.Reason));
    }

    [Fact]
    public async Task CreateRun_ValidateOnly_MakesNothing()
    {
        await using var suite = Suite.Start();
        var name = await suite.CreateAsync("ghost", change: r => r.ValidateOnly = true);
        var failure = await Suite.FailureAsync(
            suite.Runs.GetRunAsync(new GetRunRequest { Name = name }, cancellationToken: Suite.Cancel));

        Assert.Equal((StatusCode.NotFound, "RUN_NOT_FOUND"), (failure.Code, failure.Reason));
        Assert.False(Directory.Exists(suite.FolderOf(name)));
    }

    [Fact]
    public async Task CreateRun_OnABase_PinsItsCheckpointAndRefusesAShape()
    {
        await using var suite = Suite.Start();
        await suite.UntilAsync(await suite.CreateAsync("base"), State.Succeeded);
        var spec = Suite.Spec();
        spec.BaseModel = "runs/base@best";
        var failure = await Suite.FailureAsync(suite.Runs.CreateRunAsync(
            new CreateRunRequest { Spec = spec }, cancellationToken: Suite.Cancel));
        Assert.Equal(
            ["spec.model.n_layer", "spec.model.n_head", "spec.model.n_embd", "spec.model.block_size"], failure.Fields);

        spec.Model = null;
        spec.Lora = new LoraSpec { Rank = 4 };
        var name = await suite.CreateAsync("tuned", change: r => r.Spec = spec);
        var json = File.ReadAllText(Path.Combine(suite.FolderOf(name), "run.json"));
        Assert.Contains("\"name\": \"runs/base@10\"", json, StringComparison.Ordinal);
        Assert.Contains(
            Path.Combine(suite.FolderOf("runs/base"), "checkpoints", "step-00000010"), json, StringComparison.Ordinal);

        spec.BaseModel = "runs/base@7";
        failure = await Suite.FailureAsync(suite.Runs.CreateRunAsync(
            new CreateRunRequest { Spec = spec }, cancellationToken: Suite.Cancel));
        Assert.Equal(["spec.base_model"], failure.Fields);
        Assert.Contains("10, 5", failure.Message, StringComparison.Ordinal);

        await suite.UntilAsync(name, State.Succeeded);
        failure = await Suite.FailureAsync(suite.Runs.DeleteRunAsync(
            new DeleteRunRequest { Name = "runs/base" }, cancellationToken: Suite.Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, "RUN_IN_USE"), (failure.Code, failure.Reason));
        Assert.Contains("runs/tuned", failure.Message, StringComparison.Ordinal);
    }

    // Guards against a base run's keep_last that deleted what an adapter run cannot do without.
    [Fact]
    public async Task CreateRun_OnAnOldCheckpoint_KeepsItAsLongAsTheRunIsThere()
    {
        await using var suite = Suite.Start();
        await suite.UntilAsync(await suite.CreateAsync("base"), State.Succeeded);
        var spec = Suite.Spec();
        (spec.Model, spec.BaseModel) = (null, "runs/base@5");
        var name = await suite.CreateAsync("tuned", change: r => r.Spec = spec);
        var store = new CheckpointStore(Path.Combine(suite.FolderOf("runs/base"), "checkpoints"));

        store.Prune(1);
        Assert.Equal([10, 5], store.List().Complete.Select(checkpoint => checkpoint.Step));

        await suite.UntilAsync(name, State.Succeeded);
        await suite.Runs.DeleteRunAsync(new DeleteRunRequest { Name = name }, cancellationToken: Suite.Cancel);
        store.Prune(1);
        Assert.Equal([10], store.List().Complete.Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public async Task CreateRun_LoraThatFitsNothing_NamesTheFields()
    {
        await using var suite = Suite.Start();
        await suite.UntilAsync(await suite.CreateAsync("base"), State.Succeeded);
        var spec = Suite.Spec();
        (spec.Model, spec.BaseModel) = (null, "runs/base");
        spec.Lora = new LoraSpec { Rank = 0, Targets = { "c_attn" }, PlusRatio = 0 };
        spec.Lora.Patterns.Add(new LoraPattern { Layers = "c_fc(", Rank = 4000 });
        spec.Lora.Patterns.Add(new LoraPattern { Layers = "c_fc" });
        Assert.Equal(
            [
                "spec.lora.rank", "spec.lora.plus_ratio", "spec.lora.patterns[0].layers",
                "spec.lora.patterns[0].rank", "spec.lora.patterns[1]",
            ],
            (await RefusalAsync()).Fields);

        spec.Lora = new LoraSpec { Targets = { "q_proj" } };
        var failure = await RefusalAsync();
        Assert.Equal(["spec.lora.targets"], failure.Fields);
        Assert.Contains("transformer.h.0.attn.c_attn", failure.Message, StringComparison.Ordinal);

        spec.Lora = new LoraSpec { Patterns = { new LoraPattern { Layers = "c_fc", Rank = 1 } } };
        Assert.Equal(["spec.lora.patterns[0].layers"], (await RefusalAsync()).Fields);

        // A full run has no adapter.
        spec.Lora = new LoraSpec { Adapter = "runs/base" };
        failure = await RefusalAsync();
        Assert.Equal(["spec.lora.adapter"], failure.Fields);
        Assert.Contains("no adapter", failure.Message, StringComparison.Ordinal);

        async Task<CallFailure> RefusalAsync() => await Suite.FailureAsync(suite.Runs.CreateRunAsync(
            new CreateRunRequest { Spec = spec }, cancellationToken: Suite.Cancel));
    }

    [Fact]
    public async Task CreateRun_AdapterForAnotherBase_IsRefused()
    {
        var folder = SharedData.Require("lora-adapters/gpt2-medium-alpaca-r2");
        await using var suite = Suite.Start();
        await suite.UntilAsync(await suite.CreateAsync("base"), State.Succeeded);
        var copy = Path.Combine(suite.Root.Path, "hub", "adapter");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var spec = Suite.Spec();
        (spec.Model, spec.BaseModel) = (null, "runs/base");
        spec.Lora = new LoraSpec { Adapter = "path:" + copy };
        var failure = await Suite.FailureAsync(suite.Runs.CreateRunAsync(
            new CreateRunRequest { Spec = spec }, cancellationToken: Suite.Cancel));
        Assert.Equal(["spec.lora.adapter"], failure.Fields);
        Assert.Contains("(2, 1024)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateRun_PathOutsideTheConfiguredFolders_IsRefused()
    {
        await using var suite = Suite.Start();
        var spec = Suite.Spec();
        (spec.Model, spec.BaseModel) = (null, "path:/etc");
        var failure = await Suite.FailureAsync(suite.Runs.CreateRunAsync(
            new CreateRunRequest { Spec = spec }, cancellationToken: Suite.Cancel));

        Assert.Equal(StatusCode.InvalidArgument, failure.Code);
        Assert.Equal(["spec.base_model"], failure.Fields);
    }
}
