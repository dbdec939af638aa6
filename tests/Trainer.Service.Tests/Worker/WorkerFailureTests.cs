using System.Buffers.Binary;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

[Collection(nameof(TorchCollection))]
public sealed class WorkerFailureTests
{
    private const int ShardHeaderBytes = 1024;

    [Fact]
    public void Run_NewestCheckpointCorrupt_GoesOnFromTheOneBefore()
    {
        using var run = new TinyRun();
        run.Train();
        run.Spec_.MaxSteps = 25;
        run.Write();
        var newest = run.Checkpoints.List().Complete[0];
        var weights = newest["model.safetensors"];
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));

        var skipped = Assert.Single(run.Events("skipped_checkpoint"));
        Assert.Equal(20, skipped.GetProperty("step").GetInt64());
        Assert.Contains("model.safetensors", skipped.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(15, Assert.Single(run.Events("resumed")).GetProperty("step").GetInt64());
        Assert.All(run.Checkpoints.List().Complete, checkpoint => Assert.Null(checkpoint.FindFault()));
    }

    [Fact]
    public void Run_EveryCheckpointCorrupt_BeginsAnew()
    {
        using var run = new TinyRun();
        run.Train();
        foreach (var checkpoint in run.Checkpoints.List().Complete)
            File.WriteAllText(checkpoint["trainer.json"], "{}");

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));

        Assert.Equal(2, run.Events("skipped_checkpoint").Count);
        Assert.Empty(run.Events("resumed"));
        Assert.Equal(20, run.Checkpoints.List().Complete[0].Step);
    }

    [Fact]
    public void Run_DatasetMissing_IsNamed()
    {
        using var run = new TinyRun(spec => spec.Dataset = "datasets/nowhere");
        AssertFails(run, FailureReasons.DatasetNotFound, "datasets/nowhere");
    }

    [Fact]
    public void Run_ShardCutShort_IsNamed()
    {
        using var run = new TinyRun();
        using (var shard = new FileStream(Path.Combine(run.Dataset, "train_000000.bin"), FileMode.Open))
            shard.SetLength(shard.Length - 10);
        AssertFails(run, FailureReasons.DatasetCorrupt, "train_000000.bin");
    }

    [Fact]
    public void Run_TokenOutOfRange_IsNamed()
    {
        using var run = new TinyRun();
        using (var shard = new FileStream(Path.Combine(run.Dataset, "train_000000.bin"), FileMode.Open))
        {
            Span<byte> token = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(token, 999);
            shard.Seek(ShardHeaderBytes + 2 * 40, SeekOrigin.Begin);
            shard.Write(token);
        }

        AssertFails(run, FailureReasons.TokenOutOfRange, "999");
    }

    [Fact]
    public void Run_DatasetTooSmall_SaysSo()
    {
        using var run = new TinyRun();
        run.WriteDataset("tiny", "the cat.", "the dog.");
        AssertFails(run, FailureReasons.DatasetTooSmall, "smaller batch");
    }

    [Fact]
    public void Run_NoValidationPart_TrainsWithoutValidation()
    {
        using var run = new TinyRun();
        run.WriteDataset("tiny", TinyRun.Sentences(200), "");

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        Assert.Empty(run.Series("validation_loss"));
        Assert.Contains("no validation part", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_DeviceThatIsNotThere_ListsThoseThatAre()
    {
        using var run = new TinyRun(spec => spec.Device = "cuda:7");
        AssertFails(run, FailureReasons.DeviceNotAvailable, "cpu");
    }

    [Fact]
    public void Run_SequenceLongerThanTheContext_NamesTheField()
    {
        using var run = new TinyRun(spec =>
        {
            spec.Batch.SequenceLength = 32;
            spec.Batch.TokensPerStep = 128;
        });
        AssertFails(run, FailureReasons.InvalidRun, "batch.sequence_length");
    }

    [Fact]
    public void Run_PromptThatCannotBeEncoded_NamesTheField()
    {
        using var run = new TinyRun(spec =>
        {
            spec.Evaluation.SampleInterval = 5;
            spec.Evaluation.SamplePrompt = "Ω";
        });
        AssertFails(run, FailureReasons.InvalidRun, "evaluation.sample_prompt");
    }

    [Fact]
    public void Run_NoRunFile_SaysSo()
    {
        using var run = new TinyRun();
        File.WriteAllText(Path.Combine(run.Folder, "run.json"), "{\"format_version\": 1");
        AssertFails(run, FailureReasons.InvalidRun, "run.json");
    }

    [Fact]
    public void Run_NewerRunFile_IsRefused()
    {
        using var run = new TinyRun();
        var path = Path.Combine(run.Folder, "run.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(
            "\"format_version\":1", "\"format_version\":99", StringComparison.Ordinal));
        AssertFails(run, FailureReasons.InvalidRun, "99");
    }

    [Fact]
    public void Run_BaseMissing_IsNamed()
    {
        using var run = new TinyRun();
        run.Base = new RunBase(RunBaseKind.Checkpoint, "/nowhere/at/all", "runs/gone@5");
        run.Write();
        AssertFails(run, FailureReasons.BaseNotFound, "runs/gone@5");
    }

    private static void AssertFails(TinyRun run, string reason, string words)
    {
        Assert.Equal(WorkerProgram.FailedExitCode, run.Train());
        Assert.Equal(reason, run.Failure().Reason);
        Assert.Contains(words, run.Failure().Message, StringComparison.Ordinal);
    }
}
