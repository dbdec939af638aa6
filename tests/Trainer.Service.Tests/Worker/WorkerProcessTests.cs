using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Worker;
using Platform.Workers;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>Real worker processes, ended as processes are ended in life.</summary>
public sealed class WorkerProcessTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public async Task Kill_AtAnyMoment_ResumesBitForBit(Precision precision)
    {
        using var undisturbed = new TinyRun(spec => Configure(spec, precision));
        Assert.Equal(WorkerProgram.FinishedExitCode, (await FinishAsync(undisturbed, attempt: 1)).Code);

        using var run = new TinyRun(spec => Configure(spec, precision));
        // Before the first checkpoint, just after one, and somewhere between two.
        await KillWhenAsync(run, 1, () => run.Series("train_loss").Count >= 1);
        await KillWhenAsync(run, 2, () => run.Events("checkpoint").Count >= 1);
        var resumed = run.Events("resumed").Count;
        await KillWhenAsync(run, 3, () => run.Events("resumed").Count > resumed && Attempt(run, 3).Count() >= 5);
        Assert.Equal(WorkerProgram.FinishedExitCode, (await FinishAsync(run, attempt: 4)).Code);

        AssertSameCurves(undisturbed, run);
        Assert.Equal(
            undisturbed.Events("finished")[0].GetProperty("final_loss").GetDouble(),
            run.Events("finished")[0].GetProperty("final_loss").GetDouble());
    }

    [Fact]
    public async Task Kill_WhileACheckpointIsWritten_ResumesBitForBit()
    {
        using var undisturbed = new TinyRun(spec => Configure(spec, Precision.Fp32));
        Assert.Equal(WorkerProgram.FinishedExitCode, (await FinishAsync(undisturbed, attempt: 1)).Code);

        using var run = new TinyRun(spec =>
        {
            Configure(spec, Precision.Fp32);
            spec.Checkpoint.Interval = 1;
        });
        var checkpoints = Path.Combine(run.Folder, "checkpoints");
        var attempt = 0;
        var hits = 0;
        // The worker may be faster than the signal; three of at most twelve kills must fall into the writing.
        while (hits < 3 && ++attempt <= 12 && run.Events("finished").Count == 0)
        {
            var before = Attempt(run, attempt).Count();
            await KillWhenAsync(run, attempt, () => IsWriting(checkpoints) && Attempt(run, attempt).Count() > before);
            hits += IsWriting(checkpoints) ? 1 : 0;
        }

        Assert.True(hits >= 3, $"Only {hits} of {attempt} kills fell into a checkpoint being written.");
        Assert.Equal(WorkerProgram.FinishedExitCode, (await FinishAsync(run, attempt + 1)).Code);
        AssertSameCurves(undisturbed, run);
        Assert.All(run.Checkpoints.List().Complete, checkpoint => Assert.Null(checkpoint.FindFault()));
        Assert.False(IsWriting(checkpoints));
    }

    [Fact]
    public async Task Terminate_WhileTraining_SavesStopsAndResumesBitForBit()
    {
        using var undisturbed = new TinyRun(spec => Configure(spec, Precision.Fp32));
        await FinishAsync(undisturbed, attempt: 1);

        using var run = new TinyRun(spec =>
        {
            Configure(spec, Precision.Fp32);
            spec.Checkpoint.Interval = 0; // Only the stop itself saves.
        });
        using var process = Start(run, 1);
        await Eventually.HoldsAsync(() => run.Series("train_loss").Count >= 3, s_deadline);
        process.Terminate();
        var exit = await process.Exited.WaitAsync(s_deadline, TestContext.Current.CancellationToken);

        Assert.Equal(WorkerProgram.StoppedExitCode, exit.Code);
        var step = Assert.Single(run.Events("stopped")).GetProperty("step").GetInt64();
        Assert.Equal(step, run.Series("train_loss").Count);
        Assert.Equal(step, Assert.Single(run.Checkpoints.List().Complete).Step);
        Assert.Equal(WorkerProgram.FinishedExitCode, (await FinishAsync(run, attempt: 2)).Code);
        AssertSameCurves(undisturbed, run);
    }

    [Fact]
    public async Task AppHostGone_WorkerSavesAndStops()
    {
        using var run = new TinyRun(spec => spec.MaxSteps = 1_000_000);
        // A process that was there and is no more: the shell ends at once.
        using var appHost = WorkerProcess.Start(new WorkerStart(["/bin/sh", "-c", "exec sleep 600"], "/dev/null"));
        using var process = Start(run, 1, new Dictionary<string, string?>
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

    // Everything that has to be restored: dropout, drawn batches, accumulation, validation and samples between steps.
    private static void Configure(RunSpec spec, Precision precision)
    {
        spec.MaxSteps = 40;
        spec.Precision = precision;
        spec.Model.Dropout = 0.1;
        spec.RandomBatches = true;
        spec.Batch.TokensPerStep = 128;
        spec.Evaluation.ValidationInterval = 7;
        spec.Evaluation.SampleInterval = 5;
        spec.Checkpoint.Interval = 4;
    }

    private static void AssertSameCurves(TinyRun expected, TinyRun actual)
    {
        foreach (var series in (string[])["train_loss", "gradient_norm", "learning_rate", "validation_loss"])
            Assert.Equal(expected.Series(series), actual.Series(series));
        Assert.Equal(Samples(expected), Samples(actual));
    }

    private static SortedDictionary<string, string> Samples(TinyRun run)
    {
        var samples = new SortedDictionary<string, string>();
        foreach (var line in run.Lines("samples.jsonl"))
            samples[$"{line.GetProperty("step")}/{line.GetProperty("index")}"] = line.GetProperty("text").GetString()!;
        return samples;
    }

    private static IEnumerable<long> Attempt(TinyRun run, int attempt) => run.Lines("metrics.jsonl")
        .Where(line => line.GetProperty("attempt").GetInt32() == attempt && line.TryGetProperty("train_loss", out _))
        .Select(line => line.GetProperty("step").GetInt64());

    private static bool IsWriting(string checkpoints) =>
        Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, ".step-*").Any();

    private static async Task KillWhenAsync(TinyRun run, int attempt, Func<bool> condition)
    {
        using var process = Start(run, attempt);
        await Eventually.HoldsAsync(() => condition() || process.Exited.IsCompleted, s_deadline);
        process.Kill();
        await process.Exited.WaitAsync(s_deadline, TestContext.Current.CancellationToken);
    }

    private static async Task<WorkerExit> FinishAsync(TinyRun run, int attempt)
    {
        using var process = Start(run, attempt);
        return await process.Exited.WaitAsync(s_deadline, TestContext.Current.CancellationToken);
    }

    private static WorkerProcess Start(
        TinyRun run, int attempt, IReadOnlyDictionary<string, string?>? environment = null) =>
        WorkerProcess.Start(new WorkerStart(
            WorkerCommand.Create(
                typeof(WorkerProgram).Assembly,
                [],
                "worker", "--run", run.Folder, "--data-root", run.DataRoot, "--attempt", $"{attempt}"),
            Path.Combine(run.Folder, "log.txt"))
        {
            Environment = environment ?? new Dictionary<string, string?>(),
        });
}
