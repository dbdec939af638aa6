using System.Diagnostics;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Ranks;
using Platform.Workers;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>kill -9 at any moment of a real worker, and the run that goes on.</summary>
public sealed class KillTests
{
    private const int Kills = 10;

    // Of metrics.jsonl, where a step's line has about 250: up to ten checkpoints. Each waits until the one before it is
    // on disk, so that a kill behind two has something to resume from, however slow the disk.
    private const int MostBytes = 10_000;
    private const int MostLooks = 100;

    // Signals of Linux.
    private const int Halt = 19;
    private const int Continue = 18;

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public async Task Kill_AtTenRandomMoments_ResumesBitForBit(Precision precision)
    {
        using var run = Endless(precision);
        var seed = Random.Shared.Next();
        Note($"Seed {seed}");
        var random = new Random(seed);

        for (var attempt = 1; attempt <= Kills; attempt++)
            await KillAtRandomAsync(run, attempt, random);

        await CompleteAsUndisturbedAsync(run, attempt: Kills + 1);
        Assert.Empty(run.Events("skipped_checkpoint"));
    }

    [Fact]
    public async Task Kill_WhileACheckpointIsWritten_ResumesBitForBit()
    {
        using var run = Endless(Precision.Fp32, spec => spec.Checkpoint.Interval = 1);
        var checkpoints = Path.Combine(run.Folder, "checkpoints");
        var attempt = 0;
        for (var hits = 0; hits < 3;)
        {
            var left = Folders(checkpoints, ".step-*");
            var complete = Folders(checkpoints, "step-*");
            await KillWhenHaltedAsync(run, ++attempt, () => IsNew(".step-*", left) && IsNew("step-*", complete));
            hits += IsNew(".step-*", left) ? 1 : 0;
        }

        await CompleteAsUndisturbedAsync(run, attempt + 1);
        Assert.All(run.Checkpoints.List().Complete, checkpoint => Assert.Null(checkpoint.FindFault()));
        Assert.Empty(Folders(checkpoints, ".step-*"));

        bool IsNew(string pattern, string[] before) => Folders(checkpoints, pattern).Except(before).Any();
    }

    /// <summary>
    /// A run with everything that has to be restored: dropout, drawn batches, accumulation, validation and samples
    /// between steps. It cannot end before it is interrupted, however late that comes; its rate is constant, for the
    /// steps that it is to make are known only then.
    /// </summary>
    internal static TinyRun Endless(Precision precision, Action<RunSpec>? configure = null) => new(spec =>
    {
        spec.MaxSteps = 1_000_000;
        spec.Precision = precision;
        spec.Model.Dropout = 0.1;
        spec.RandomBatches = true;
        spec.Batch.TokensPerStep = 128;
        spec.Optimizer.Schedule = Schedule.Constant;
        spec.Evaluation.ValidationInterval = 25;
        spec.Evaluation.SampleInterval = 40;
        spec.Checkpoint.Interval = 4;
        configure?.Invoke(spec);
    });

    /// <summary>
    /// Lets an interrupted run go on for 20 steps, and expects what a run makes that was left in peace.
    /// </summary>
    internal static async Task CompleteAsUndisturbedAsync(TinyRun run, int attempt)
    {
        run.Spec_.MaxSteps = run.Series("train_loss").LastOrDefault().Key + 20;
        run.Write();
        await RankRun.CompleteAsync(run, attempt: attempt);
        using var undisturbed = Endless(run.Spec_.Precision, spec => spec.MaxSteps = run.Spec_.MaxSteps);
        await RankRun.CompleteAsync(undisturbed);

        TinyRun.AssertSameCurves(undisturbed, run);
        Assert.Equal(run.Spec_.MaxSteps, run.Series("train_loss").Count);
        Assert.Equal(
            undisturbed.Events("finished")[0].GetProperty("final_loss").GetDouble(),
            Assert.Single(run.Events("finished")).GetProperty("final_loss").GetDouble());
        Assert.NotEmpty(run.Events("resumed"));
    }

    // By what the run has done, never by the clock: after some looks while it starts, or so many bytes of metrics and
    // so many looks more, which is anywhere in a step, a validation, a sample or a checkpoint.
    private static async Task KillAtRandomAsync(TinyRun run, int attempt, Random random)
    {
        var before = MetricsLength(run);
        var looks = random.Next(MostLooks);
        if (random.Next(Kills) == 0)
        {
            Note($"Attempt {attempt}: {looks} looks into its start.");
            await KillWhenAsync(run, attempt, look => look >= looks);
            return;
        }

        var bytes = random.Next(1, MostBytes);
        Note($"Attempt {attempt}: {bytes} bytes, {looks} looks.");
        await KillWhenAsync(run, attempt, _ => MetricsLength(run) > before, process =>
        {
            var look = 0;
            while ((look++ < looks || MetricsLength(run) < before + bytes) && !process.Exited.IsCompleted)
            {
                // At once again: ten milliseconds are several steps.
            }
        });
    }

    private static async Task KillWhenAsync(
        TinyRun run, int attempt, Func<int, bool> condition, Action<WorkerProcess>? then = null)
    {
        using var process = RankRun.Start(run, attempt);
        var look = 0;
        await Eventually.HoldsAsync(() => condition(look++) || process.Exited.IsCompleted, RankRun.Deadline);
        then?.Invoke(process);
        process.Kill();
        await RankRun.EndOfAsync(process);
    }

    // Halts the worker when it is seen in the middle of something, and kills it where it then still is: the kill cannot
    // come after what was seen.
    private static async Task KillWhenHaltedAsync(TinyRun run, int attempt, Func<bool> condition)
    {
        using var process = RankRun.Start(run, attempt);
        var before = MetricsLength(run);
        await Eventually.HoldsAsync(() => MetricsLength(run) > before || process.Exited.IsCompleted, RankRun.Deadline);
        var clock = Stopwatch.StartNew();
        try
        {
            while (!process.Exited.IsCompleted)
            {
                Assert.True(clock.Elapsed < RankRun.Deadline, "The worker was never seen where it is to be killed.");
                if (!condition())
                    continue;
                ProcessSignal.Send(process.Identity.Pid, Halt);
                if (condition())
                    break;
                ProcessSignal.Send(process.Identity.Pid, Continue);
            }
        }
        finally
        {
            process.Kill();
            await RankRun.EndOfAsync(process);
        }
    }

    private static string[] Folders(string checkpoints, string pattern) =>
        Directory.Exists(checkpoints) ? Directory.GetDirectories(checkpoints, pattern) : [];

    private static long MetricsLength(TinyRun run) =>
        new FileInfo(Path.Combine(run.Folder, "metrics.jsonl")) is { Exists: true } file ? file.Length : 0;

    private static void Note(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
