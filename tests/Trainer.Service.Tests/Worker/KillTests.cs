using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Ranks;
using Platform.Workers;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>kill -9 at any moment of a real worker, and the run that goes on.</summary>
public sealed class KillTests
{
    private const int Kills = 10;

    // Of metrics.jsonl: a step's line has about 250.
    private const int MostBytes = 3000;
    private const int MostLooks = 100;

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public async Task Kill_AtTenRandomMoments_ResumesBitForBit(Precision precision)
    {
        using var undisturbed = new TinyRun(spec => ConfigureLong(spec, precision));
        await RankRun.CompleteAsync(undisturbed);
        using var run = new TinyRun(spec => ConfigureLong(spec, precision));
        var seed = Random.Shared.Next();
        Note($"Seed {seed}");
        var random = new Random(seed);

        for (var attempt = 1; attempt <= Kills; attempt++)
            await KillAtRandomAsync(run, attempt, random);

        await RankRun.CompleteAsync(run, attempt: Kills + 1);
        TinyRun.AssertSameCurves(undisturbed, run);
        Assert.Equal(
            undisturbed.Events("finished")[0].GetProperty("final_loss").GetDouble(),
            run.Events("finished")[^1].GetProperty("final_loss").GetDouble());
        Assert.NotEmpty(run.Events("resumed"));
        Assert.Empty(run.Events("skipped_checkpoint"));
    }

    [Fact]
    public async Task Kill_WhileACheckpointIsWritten_ResumesBitForBit()
    {
        using var undisturbed = new TinyRun(spec => Configure(spec, Precision.Fp32));
        await RankRun.CompleteAsync(undisturbed);

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
            var length = MetricsLength(run);
            await KillWhenAsync(run, attempt, _ => IsWriting(checkpoints) && MetricsLength(run) > length);
            hits += IsWriting(checkpoints) ? 1 : 0;
        }

        Assert.True(hits >= 3, $"Only {hits} of {attempt} kills fell into a checkpoint being written.");
        await RankRun.CompleteAsync(run, attempt: attempt + 1);
        TinyRun.AssertSameCurves(undisturbed, run);
        Assert.All(run.Checkpoints.List().Complete, checkpoint => Assert.Null(checkpoint.FindFault()));
        Assert.False(IsWriting(checkpoints));
    }

    /// <summary>
    /// Everything that has to be restored: dropout, drawn batches, accumulation, validation and samples between steps.
    /// </summary>
    internal static void Configure(RunSpec spec, Precision precision)
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

    // Long enough for ten kills under way, however late a signal comes.
    private static void ConfigureLong(RunSpec spec, Precision precision)
    {
        Configure(spec, precision);
        spec.MaxSteps = 200;
        spec.Evaluation.ValidationInterval = 25;
        spec.Evaluation.SampleInterval = 40;
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

    private static bool IsWriting(string checkpoints) =>
        Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, ".step-*").Any();

    private static long MetricsLength(TinyRun run) =>
        new FileInfo(Path.Combine(run.Folder, "metrics.jsonl")) is { Exists: true } file ? file.Length : 0;

    private static void Note(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
