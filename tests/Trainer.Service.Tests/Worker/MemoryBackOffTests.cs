using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Ranks;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>Real workers that get less memory than their micro-batches take: malloc says no, as cards do.</summary>
public sealed class MemoryBackOffTests
{
    // Workers have a GiB of address space reserved from the beginning; the micro-batch below takes more than that.
    private const string Limit = "--data=1250000000";

    [Fact]
    public async Task Run_MemoryRunsOut_GoesOnWithFewerSequencesAndTheSameSteps()
    {
        RankRun.Require("prlimit", "util-linux");
        using var roomy = Create(backsOff: true);
        await RankRun.CompleteAsync(roomy);
        Assert.Empty(roomy.Events("memory_backed_off"));
        using var run = Create(backsOff: true);

        await RankRun.CompleteAsync(run, prefix: ["prlimit", Limit]);

        var backOffs = run.Events("memory_backed_off");
        Assert.NotEmpty(backOffs);
        Assert.Equal(128 >> backOffs.Count, backOffs[^1].GetProperty("micro_batch_size").GetInt32());
        Assert.InRange(RankRun.Difference(roomy, run, "train_loss"), 0, 1e-4);
        Assert.Equal(128 >> backOffs.Count, MicroBatchSize(run));

        // The checkpoint knows: the next attempt begins with as few.
        run.Spec_.MaxSteps++;
        run.Write();
        await RankRun.CompleteAsync(run, attempt: 2, prefix: ["prlimit", Limit]);
        Assert.Equal(backOffs.Count, run.Events("memory_backed_off").Count);
        Assert.Equal(3, run.Series("train_loss").Count);
    }

    [Fact]
    public async Task Run_NotAskedFor_FailsAndNamesTheFields()
    {
        RankRun.Require("prlimit", "util-linux");
        using var run = Create(backsOff: false);

        await RankRun.CompleteAsync(run, WorkerProgram.FailedExitCode, prefix: ["prlimit", Limit]);

        Assert.Equal(FailureReasons.OutOfMemory, run.Failure().Reason);
        Assert.Contains("batch.micro_batch_size", run.Failure().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoMemoryForOneSequence_Fails()
    {
        RankRun.Require("prlimit", "util-linux");
        using var run = Create(backsOff: true, spec =>
        {
            spec.Model.NEmbd = 256;
            spec.Model.BlockSize = 4096;
            spec.Batch = new BatchSpec { MicroBatchSize = 1, SequenceLength = 4096, TokensPerStep = 4096 };
        });

        await RankRun.CompleteAsync(run, WorkerProgram.FailedExitCode, prefix: ["prlimit", Limit]);

        Assert.Equal(FailureReasons.OutOfMemory, run.Failure().Reason);
        Assert.Contains("a single sequence", run.Failure().Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Narrow and deep, so that activations outweigh arithmetic: 1.2 GiB of them for a second's work.
    /// </summary>
    internal static void Configure(RunSpec spec)
    {
        spec.MaxSteps = 2;
        spec.Compile = false;
        spec.Model.NLayer = 12;
        spec.Model.NEmbd = 64;
        spec.Model.BlockSize = 128;
        spec.Batch = new BatchSpec { MicroBatchSize = 128, SequenceLength = 128, TokensPerStep = 128 * 128 };
        spec.Evaluation.ValidationInterval = 0;
        spec.Checkpoint.Interval = 1;
    }

    private static TinyRun Create(bool backsOff, Action<RunSpec>? change = null)
    {
        var run = new TinyRun(spec =>
        {
            Configure(spec);
            spec.Recovery = new RecoverySpec { OomBackoff = backsOff };
            change?.Invoke(spec);
        });
        run.WriteDataset("tiny", TinyRun.Sentences(2000), TinyRun.Sentences(20));
        return run;
    }

    private static int MicroBatchSize(TinyRun run) =>
        JsonDocument.Parse(File.ReadAllText(run.Checkpoints.List().Complete[0]["trainer.json"]))
            .RootElement.GetProperty("micro_batch_size").GetInt32();
}
