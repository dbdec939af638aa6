using System.Globalization;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Trainer.Service.Tests.Worker;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Ranks;

/// <summary>Several ranks, as real processes over real MPI libraries.</summary>
[Collection(nameof(TorchCollection))]
public sealed class RankTests
{
    [Theory]
    [InlineData("mpich", "mpiexec.hydra", "mpich")]
    [InlineData("openmpi", "mpiexec.openmpi", "openmpi-bin")]
    public async Task TwoRanks_HalfTheBatchEach_TrainLikeOneWithTheWholeBatch(
        string flavour, string program, string package)
    {
        RankRun.Require(program, package);
        using var one = new TinyRun(spec => RankRun.Configure(spec, ranks: 1));
        one.GradeItems(interval: 10);
        Assert.Equal(WorkerProgram.FinishedExitCode, one.Train());
        using var two = new TinyRun(spec => RankRun.Configure(spec, ranks: 2));
        two.GradeItems(interval: 10);
        using var process = RankRun.Start(
            two, environment: new Dictionary<string, string?> { ["PLATFORM_MPI"] = flavour });
        await RankRun.ExpectAsync(two, process, WorkerProgram.FinishedExitCode);

        Assert.Equal(50, two.Series("train_loss").Count);
        Assert.InRange(RankRun.Difference(one, two, "train_loss"), 0, 1e-5);
        Assert.InRange(RankRun.Difference(one, two, "validation_loss"), 0, 1e-5);
        Assert.InRange(RankRun.Difference(one, two, "gradient_norm"), 0, 1e-4);
        // Each has graded half of the items, and both know the figure of all.
        Assert.Equal(one.Series("hellaswag_accuracy"), two.Series("hellaswag_accuracy"));
        Assert.Equal(6, two.Series("hellaswag_accuracy").Count);
        Assert.Equal(2, two.Events("model")[0].GetProperty("ranks").GetInt32());
        Assert.Single(two.Events("finished"));
    }

    [Fact]
    public async Task ByHand_VariablesAsOfTorchrun_TrainWithoutMpiexec()
    {
        RankRun.Require("mpiexec.hydra", "mpich");
        using var one = new TinyRun(spec => RankRun.Configure(spec, ranks: 1));
        // Each rank has other numbers of targets that count.
        one.Mask();
        Assert.Equal(WorkerProgram.FinishedExitCode, one.Train());
        using var two = new TinyRun(spec => RankRun.Configure(spec, ranks: 2));
        two.Mask();
        var port = FreePort.Find();
        var ranks = Enumerable.Range(0, 2)
            .Select(rank => RankRun.Start(two, environment: ByHand(rank, 2, port)))
            .ToList();
        foreach (var rank in ranks)
            await RankRun.ExpectAsync(two, rank, WorkerProgram.FinishedExitCode);

        Assert.InRange(RankRun.Difference(one, two, "train_loss"), 0, 1e-5);
        ranks.ForEach(rank => rank.Dispose());
    }

    [Fact]
    public async Task ByHand_OneRankKilled_TheOtherEndsToo()
    {
        RankRun.Require("mpiexec.hydra", "mpich");
        using var run = new TinyRun(spec =>
        {
            RankRun.Configure(spec, ranks: 2);
            spec.MaxSteps = 1_000_000;
        });
        var port = FreePort.Find();
        using var first = RankRun.Start(run, environment: ByHand(0, 2, port));
        using var second = RankRun.Start(run, environment: ByHand(1, 2, port));
        await Eventually.HoldsAsync(() => run.Series("train_loss").Count >= 3, RankRun.Deadline);
        second.Kill();

        var exit = await first.Exited.WaitAsync(RankRun.EndsWithin, TestContext.Current.CancellationToken);

        Assert.NotEqual(WorkerProgram.FinishedExitCode, exit.Code ?? -1);
        Assert.Empty(run.Events("finished"));
    }

    [Fact]
    public async Task RankKilled_AttemptEnds_AndTheRunGoesOnWithAnotherNumberOfRanks()
    {
        RankRun.Require("mpiexec.hydra", "mpich");
        using var run = new TinyRun(spec => Configure(spec, ranks: 2, steps: 1_000_000));
        using (var process = RankRun.Start(run))
        {
            await Eventually.HoldsAsync(() => run.Checkpoints.List().Complete.Count > 0, RankRun.Deadline);
            var rank = RankRun.RanksOf(run.Folder)[^1];
            RankRun.Kill(rank);
            var exit = await process.Exited.WaitAsync(RankRun.EndsWithin, TestContext.Current.CancellationToken);
            Assert.NotEqual(WorkerProgram.FinishedExitCode, exit.Code ?? -1);
        }

        await Eventually.HoldsAsync(() => RankRun.RanksOf(run.Folder).Count == 0, RankRun.Deadline);
        Assert.Single(run.Events("rank_died"));
        var steps = run.Series("train_loss").Last().Key + 20;
        Configure(run.Spec_, ranks: 1, steps);
        run.Write();
        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));
        using var one = new TinyRun(spec => Configure(spec, ranks: 1, steps));
        Assert.Equal(WorkerProgram.FinishedExitCode, one.Train());
        Assert.NotEmpty(run.Events("resumed"));
        Assert.Equal(steps, run.Series("train_loss").Count);
        Assert.InRange(RankRun.Difference(one, run, "train_loss"), 0, 1e-4);

        // Of a constant rate: how far the run is when the kill reaches it is not known before.
        static void Configure(RunSpec spec, int ranks, long steps)
        {
            RankRun.Configure(spec, ranks);
            (spec.MaxSteps, spec.Optimizer.Schedule, spec.Checkpoint.Interval) = (steps, Schedule.Constant, 5);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_BegunByOneRank_GoesOnWithTwo(bool randomBatches)
    {
        RankRun.Require("mpiexec.hydra", "mpich");
        using var one = new TinyRun(spec => Configure(spec, ranks: 1));
        Assert.Equal(WorkerProgram.FinishedExitCode, one.Train());
        using var run = new TinyRun(spec => Configure(spec, ranks: 1));
        Assert.Equal(WorkerProgram.StoppedExitCode, run.Train(until: 20));
        Configure(run.Spec_, ranks: 2);
        run.Write();

        await RankRun.CompleteAsync(run, attempt: 2);

        Assert.Equal(20, Assert.Single(run.Events("resumed")).GetProperty("step").GetInt64());
        Assert.Equal(2, run.Events("model")[^1].GetProperty("ranks").GetInt32());
        Assert.InRange(RankRun.Difference(one, run, "train_loss"), 0, 1e-5);

        void Configure(RunSpec spec, int ranks)
        {
            RankRun.Configure(spec, ranks);
            spec.RandomBatches = randomBatches;
        }
    }

    [Fact]
    public async Task RankKilled_UnderTheService_NextAttemptGoesOnByItself()
    {
        RankRun.Require("mpiexec.hydra", "mpich");
        using var data = new TinyRun();
        using var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        var spec = TinyRun.Spec();
        RankRun.Configure(spec, ranks: 2);
        (spec.MaxSteps, spec.Checkpoint.Interval) = (1000, 10);
        var run = (await service.Runs.CreateRunAsync(
            new CreateRunRequest { RunId = "two", Spec = spec }, cancellationToken: Suite.Cancel)).Run;
        var folder = Path.Combine(data.DataRoot, run.Name);
        // Behind the second checkpoint, which waits until the first is on disk.
        await Eventually.HoldsAsync(
            async () => (await service.GetAsync(run.Name)).Step > 20, RankRun.Deadline, "it is behind step 20");

        RankRun.Kill(RankRun.RanksOf(folder)[0]);
        await Eventually.HoldsAsync(
            async () => (await service.GetAsync(run.Name)).Attempt == 2, RankRun.EndsWithin, "the next attempt began");
        run = await service.FinishAsync(run.Name);

        Assert.Equal((State.Succeeded, 1000, 2), (run.State, run.Step, run.Attempt));
        var events = (await service.Runs.ListEventsAsync(
            new ListEventsRequest { Run = run.Name }, cancellationToken: Suite.Cancel)).Events;
        Assert.InRange(Assert.Single(events, e => e.Type == "resumed").Step, 10, 990);
        // What has ended the run is told before its processes have gone.
        await Eventually.HoldsAsync(() => RankRun.RanksOf(folder).Count == 0, RankRun.Deadline);
    }

    [Theory]
    [InlineData("mpich", "mpiexec.hydra", "mpich")]
    [InlineData("openmpi", "mpiexec.openmpi", "openmpi-bin")]
    public async Task Terminate_WhileRanksTrain_AllSaveAndStop(string flavour, string program, string package)
    {
        RankRun.Require(program, package);
        using var run = new TinyRun(spec =>
        {
            RankRun.Configure(spec, ranks: 2);
            spec.MaxSteps = 1_000_000;
        });
        using var process = RankRun.Start(
            run, environment: new Dictionary<string, string?> { ["PLATFORM_MPI"] = flavour });
        await Eventually.HoldsAsync(() => run.Series("train_loss").Count >= 3, RankRun.Deadline);
        process.Terminate();
        await RankRun.ExpectAsync(run, process, WorkerProgram.StoppedExitCode);

        var step = Assert.Single(run.Events("stopped")).GetProperty("step").GetInt64();
        Assert.Equal(step, Assert.Single(run.Checkpoints.List().Complete).Step);
        Assert.Empty(RankRun.RanksOf(run.Folder));
    }

    [Fact]
    public async Task NoMpiInstalled_FailureNamesThePackage()
    {
        using var run = new TinyRun(spec => RankRun.Configure(spec, ranks: 2));
        using var empty = new TempFolder();
        using var process =
            RankRun.Start(run, environment: new Dictionary<string, string?> { ["PATH"] = empty.Path });
        await RankRun.ExpectAsync(run, process, WorkerProgram.FailedExitCode);

        var (reason, message) = run.Failure();
        Assert.Equal(FailureReasons.RanksNotAvailable, reason);
        Assert.Contains("apt install mpich", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneRankFails_ItsFailureIsTheRuns()
    {
        RankRun.Require("mpiexec.hydra", "mpich");
        using var run = new TinyRun(spec => RankRun.Configure(spec, ranks: 2));
        Directory.Delete(run.Dataset, recursive: true);
        using var process = RankRun.Start(run);
        await RankRun.ExpectAsync(run, process, WorkerProgram.FailedExitCode);

        Assert.Equal(FailureReasons.DatasetNotFound, run.Failure().Reason);
        Assert.Single(run.Events("failed"));
    }

    private static Dictionary<string, string?> ByHand(int rank, int world, int port) => new()
    {
        ["RANK"] = $"{rank}",
        ["LOCAL_RANK"] = $"{rank}",
        ["WORLD_SIZE"] = $"{world}",
        ["MASTER_ADDR"] = "127.0.0.1",
        ["MASTER_PORT"] = port.ToString(CultureInfo.InvariantCulture),
    };
}
