using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;

namespace Platform.Trainer.Service.Tests.Runs;

public sealed class RunLifeTests
{
    [Fact]
    public async Task Run_NothingHappens_TrainsToTheEnd()
    {
        await using var suite = Suite.Start();
        var name = await suite.CreateAsync("plain");
        var run = await suite.UntilAsync(name, State.Succeeded);

        Assert.Equal((10, 640, 1, StopReason.Completed), (run.Step, run.Tokens, run.Attempt, run.StopReason));
        Assert.Equal((1000, 100, "cpu"), (run.ParameterCount, run.TrainableParameterCount, run.Device));
        Assert.Equal(4.0 / 11 + 6e-4, run.FinalLoss, 6);
        Assert.Equal(4 + 6e-4, run.InitialValidationLoss, 6);
        Assert.Equal(10, run.BestStep);
        Assert.Equal(run.ValidationLoss, run.BestValidationLoss);
        Assert.Equal(
            ["created", "queued", "started", "model", "checkpoint", "checkpoint", "finished"],
            await suite.EventTypesAsync(name));
        var checkpoints = await suite.Runs.ListCheckpointsAsync(
            new ListCheckpointsRequest { Run = name }, cancellationToken: Suite.Cancel);
        Assert.Equal(["runs/plain@10", "runs/plain@5"], checkpoints.Checkpoints.Select(item => item.Name));
        Assert.Equal([true, false], checkpoints.Checkpoints.Select(item => item.Best));
        var samples = await suite.Runs.ListSamplesAsync(
            new ListSamplesRequest { Run = name }, cancellationToken: Suite.Cancel);
        Assert.Equal(" upon", Assert.Single(samples.Samples).Text);
    }

    [Fact]
    public async Task Queue_TwoRuns_TrainInTurnAndTheWaitingOneCanBeCancelled()
    {
        await using var suite = Suite.Start(s => s.Script("first", new() { ["HoldAt"] = 3 }));
        var first = await suite.CreateAsync("first");
        await suite.UntilStepAsync(first, 2);
        var second = await suite.CreateAsync("second");
        var third = await suite.CreateAsync("third");
        Assert.Equal(1, (await suite.GetAsync(second)).QueuePosition);
        Assert.Equal(2, (await suite.GetAsync(third)).QueuePosition);

        var cancelled = await suite.Runs.CancelRunAsync(
            new CancelRunRequest { Name = second }, cancellationToken: Suite.Cancel);
        Assert.Equal((State.Cancelled, 0), (cancelled.Run.State, cancelled.Run.Attempt));
        suite.Go("first");
        await suite.UntilAsync(third, State.Succeeded);
        Assert.Equal(State.Succeeded, (await suite.GetAsync(first)).State);
        var failure = await Suite.FailureAsync(suite.Runs.CancelRunAsync(
            new CancelRunRequest { Name = second }, cancellationToken: Suite.Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, "RUN_ENDED"), (failure.Code, failure.Reason));
    }

    [Fact]
    public async Task CancelRun_Training_SavesEndsAndGoesOnLater()
    {
        await using var suite = Suite.Start(s => s.Script("held", new() { ["HoldAt"] = 7 }));
        var name = await suite.CreateAsync("held");
        await suite.UntilStepAsync(name, 6);
        var answer = await suite.Runs.CancelRunAsync(
            new CancelRunRequest { Name = name }, cancellationToken: Suite.Cancel);
        Assert.True(answer.Run.State is State.Cancelling or State.Cancelled);
        var run = await suite.UntilAsync(name, State.Cancelled);
        Assert.Equal((6, StopReason.Cancelled), (run.Step, run.StopReason));
        Assert.True(File.Exists(Path.Combine(suite.FolderOf(name), "checkpoints/step-00000006/complete.json")));

        suite.Go("held");
        var resumed = await suite.Runs.ResumeRunAsync(
            new ResumeRunRequest { Name = name }, cancellationToken: Suite.Cancel);
        Assert.Equal(State.Queued, resumed.Run.State);
        run = await suite.UntilAsync(name, State.Succeeded);
        Assert.Equal((10, 2), (run.Step, run.Attempt));
    }

    [Fact]
    public async Task CancelRun_Twice_KillsAWorkerThatDoesNotListen()
    {
        await using var suite = Suite.Start(s => s.Script("deaf", new() { ["HoldAt"] = 3, ["IgnoreTerm"] = true }));
        var name = await suite.CreateAsync("deaf");
        await suite.UntilStepAsync(name, 2);
        await suite.Runs.CancelRunAsync(new CancelRunRequest { Name = name }, cancellationToken: Suite.Cancel);
        Assert.Equal(State.Cancelling, (await suite.GetAsync(name)).State);
        await suite.Runs.CancelRunAsync(new CancelRunRequest { Name = name }, cancellationToken: Suite.Cancel);

        await suite.UntilAsync(name, State.Cancelled);
    }

    [Fact]
    public async Task Run_WorkerKilled_GoesOnFromItsLastCheckpointAndDropsWhatWasBeyond()
    {
        await using var suite = Suite.Start(s => s.Script("shot", new() { ["DieAt"] = 8 }));
        var name = await suite.CreateAsync("shot");
        var run = await suite.UntilAsync(name, State.Succeeded);

        Assert.Equal((10, 2), (run.Step, run.Attempt));
        Assert.Equal(
            [
                "created", "queued", "started", "model", "checkpoint", "worker_died", "started", "model", "resumed",
                "checkpoint", "finished",
            ],
            await suite.EventTypesAsync(name));
        var metrics = await suite.Runs.GetMetricsAsync(
            new GetMetricsRequest { Runs = { name }, Series = { "train_loss" } }, cancellationToken: Suite.Cancel);
        var curve = Assert.Single(metrics.Curves);
        Assert.Equal(Enumerable.Range(1, 10).Select(step => (long)step), curve.Step);
        Assert.Equal([5], curve.ResumeSteps);
    }

    [Fact]
    public async Task Run_WorkerDiesAgainAndAgain_FailsResumableAfterMaxRestarts()
    {
        await using var suite = Suite.Start(s => s.Script("doomed", new() { ["DieAt"] = 2, ["DieAttempts"] = 3 }));
        var name = await suite.CreateAsync("doomed", change: r => r.Spec.MaxRestarts = 2);
        var run = await suite.UntilAsync(name, State.Failed);

        Assert.Equal((3, "WORKER_DIED", true), (run.Attempt, run.Error.Reason, run.Error.Resumable));
        Assert.Contains("signal 9", run.Error.Message, StringComparison.Ordinal);
        await suite.Runs.ResumeRunAsync(new ResumeRunRequest { Name = name }, cancellationToken: Suite.Cancel);
        run = await suite.UntilAsync(name, State.Succeeded);
        Assert.Equal(4, run.Attempt);
        Assert.Null(run.Error);
    }

    [Fact]
    public async Task Run_WorkerFails_IsNotTriedAgainByItself()
    {
        await using var suite = Suite.Start(s => s.Script("bad", new() { ["FailAt"] = 7 }));
        var name = await suite.CreateAsync("bad");
        var run = await suite.UntilAsync(name, State.Failed);

        Assert.Equal((1, "STAND_IN_FAILED", true, StopReason.Failed), (
            run.Attempt, run.Error.Reason, run.Error.Resumable, run.StopReason));
        Assert.Equal("It was told to fail.", run.Error.Message);
    }

    [Fact]
    public async Task Run_WorkerCannotBeStarted_FailsWithTheReason()
    {
        await using var suite = Suite.Start(s => s.Set("Trainer:WorkerPrefix:0", "/nowhere/wrapper"));
        var run = await suite.UntilAsync(await suite.CreateAsync(), State.Failed);

        Assert.Equal("WORKER_NOT_STARTED", run.Error.Reason);
        Assert.Contains("/nowhere/wrapper", run.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResumeRun_Succeeded_OnlyWithMoreSteps()
    {
        await using var suite = Suite.Start();
        var name = await suite.CreateAsync("long");
        await suite.UntilAsync(name, State.Succeeded);
        var failure = await Suite.FailureAsync(suite.Runs.ResumeRunAsync(
            new ResumeRunRequest { Name = name, MaxSteps = 10 }, cancellationToken: Suite.Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, "RUN_COMPLETE"), (failure.Code, failure.Reason));

        await suite.Runs.ResumeRunAsync(
            new ResumeRunRequest { Name = name, MaxSteps = 15 }, cancellationToken: Suite.Cancel);
        var run = await suite.UntilAsync(name, State.Succeeded);
        Assert.Equal((15, 15, 2), (run.Step, run.Spec.MaxSteps, run.Attempt));
    }

    [Fact]
    public async Task DeleteRun_Ended_IsGone()
    {
        await using var suite = Suite.Start(s => s.Script("here", new() { ["HoldAt"] = 3 }));
        var name = await suite.CreateAsync("here");
        await suite.UntilStepAsync(name, 2);
        var request = new DeleteRunRequest { Name = name };
        var failure = await Suite.FailureAsync(suite.Runs.DeleteRunAsync(request, cancellationToken: Suite.Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, "RUN_NOT_ENDED"), (failure.Code, failure.Reason));

        suite.Go("here");
        await suite.UntilAsync(name, State.Succeeded);
        await suite.Runs.DeleteRunAsync(request, cancellationToken: Suite.Cancel);
        Assert.False(Directory.Exists(suite.FolderOf(name)));
        failure = await Suite.FailureAsync(suite.Runs.DeleteRunAsync(request, cancellationToken: Suite.Cancel));
        Assert.Equal(StatusCode.NotFound, failure.Code);
    }
}
