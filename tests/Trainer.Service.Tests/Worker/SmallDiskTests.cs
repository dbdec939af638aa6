using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>A disk that is full when a checkpoint is to be written.</summary>
[Collection(nameof(TorchCollection))]
public sealed class SmallDiskTests
{
    [Fact]
    public void Run_NoSpaceForACheckpoint_FailsAndLosesNothing()
    {
        using var calm = new TinyRun(Configure);
        Assert.Equal(WorkerProgram.FinishedExitCode, calm.Train());
        using var run = new TinyRun(Configure);
        using var disk = SmallDisk.Mount(Path.Combine(run.Folder, "checkpoints"), megabytes: 1);

        Assert.Equal(WorkerProgram.FailedExitCode, run.Train());

        var (reason, message) = run.Failure();
        Assert.Equal(FailureReasons.NoSpace, reason);
        Assert.Contains("Make room and resume", message, StringComparison.Ordinal);
        // What was complete is so still, and the half of a checkpoint is no checkpoint.
        var (complete, unreadable) = run.Checkpoints.List();
        Assert.NotEmpty(complete);
        Assert.Empty(unreadable);
        Assert.All(complete, checkpoint => Assert.Null(checkpoint.FindFault()));

        disk.Resize(megabytes: 64);
        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));

        Assert.Equal(complete[0].Step, Assert.Single(run.Events("resumed")).GetProperty("step").GetInt64());
        TinyRun.AssertSameCurves(calm, run);
    }

    private static void Configure(RunSpec spec)
    {
        spec.Model.NEmbd = 32; // A checkpoint has about 400 KB.
        spec.MaxSteps = 12;
        spec.Checkpoint.Interval = 1;
        spec.Checkpoint.KeepLast = 0;
    }
}
