using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Ranks;
using Platform.TrainerHost.Worker;
using Platform.Workers;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>Real worker processes, ended as processes are ended in life.</summary>
public sealed class WorkerProcessTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Terminate_WhileTraining_SavesStopsAndResumesBitForBit()
    {
        // Only the stop itself saves.
        using var run = KillTests.Endless(Precision.Fp32, spec => spec.Checkpoint.Interval = 0);
        using var process = RankRun.Start(run);
        await Eventually.HoldsAsync(() => run.Series("train_loss").Count >= 3, s_deadline);
        process.Terminate();
        var exit = await process.Exited.WaitAsync(s_deadline, TestContext.Current.CancellationToken);

        Assert.Equal(WorkerProgram.StoppedExitCode, exit.Code);
        var step = Assert.Single(run.Events("stopped")).GetProperty("step").GetInt64();
        Assert.Equal(step, run.Series("train_loss").Count);
        Assert.Equal(step, Assert.Single(run.Checkpoints.List().Complete).Step);
        await KillTests.CompleteAsUndisturbedAsync(run, attempt: 2);
    }

    [Fact]
    public async Task AppHostGone_WorkerSavesAndStops()
    {
        using var run = new TinyRun(spec => spec.MaxSteps = 1_000_000);
        // A process that was there and is no more: the shell ends at once.
        using var appHost = WorkerProcess.Start(new WorkerStart(["/bin/sh", "-c", "exec sleep 600"], "/dev/null"));
        using var process = RankRun.Start(run, 1, new Dictionary<string, string?>
        {
            ["PLATFORM_APPHOST_PID"] = $"{appHost.Identity.Pid}",
            ["PLATFORM_APPHOST_START"] = $"{appHost.Identity.StartTicks}",
        });
        await Eventually.HoldsAsync(() => run.Series("train_loss").Count >= 3, s_deadline);
        appHost.Kill();

        var exit = await process.Exited.WaitAsync(s_deadline, TestContext.Current.CancellationToken);

        Assert.Equal(WorkerProgram.StoppedExitCode, exit.Code);
        Assert.Contains("suite", run.Events("stopped")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongArguments_AreRefusedWithTheUsage()
    {
        using var temp = new TempFolder();
        var command = WorkerCommand.Create(typeof(WorkerProgram).Assembly, [], "worker", "--run", temp["none"]);
        using var process = WorkerProcess.Start(new WorkerStart(command, temp["log.txt"]));
        var exit = await process.Exited.WaitAsync(s_deadline, TestContext.Current.CancellationToken);

        Assert.Equal(WorkerProgram.RefusedExitCode, exit.Code);
        Assert.Contains("--data-root", File.ReadAllText(temp["log.txt"]), StringComparison.Ordinal);
    }
}
