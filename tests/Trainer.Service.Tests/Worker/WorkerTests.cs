using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using Platform.TrainerHost.Worker;
using Platform.Workers;
using TorchSharp;

namespace Platform.Trainer.Service.Tests.Worker;

[Collection(nameof(TorchCollection))]
public sealed class WorkerTests
{
    [Fact]
    public void Run_MemorisableText_IsLearned()
    {
        using var run = new TinyRun(spec =>
        {
            spec.MaxSteps = 300;
            spec.Evaluation.ValidationInterval = 100;
            spec.Checkpoint.Interval = 0;
        });

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        var validation = run.Series("validation_loss");
        Assert.Equal([0, 100, 200, 300], validation.Keys);
        var first = BitConverter.Int64BitsToDouble(validation[0]);
        var last = BitConverter.Int64BitsToDouble(validation[300]);
        Assert.InRange(first, 2.8, 4.2); // ln 29 = 3.37, and a little more for padded ids
        Assert.True(last < 0.5, $"After 300 steps the validation loss is {last}.");
        Assert.Equal(300, run.Series("train_loss").Count);
    }

    [Theory]
    [InlineData(Precision.Fp32, false)]
    [InlineData(Precision.Fp32, true)]
    [InlineData(Precision.Tf32, false)]
    [InlineData(Precision.Bf16, true)]
    public void Run_Finished_WritesWhatTheServiceReads(Precision precision, bool compile)
    {
        using var run = new TinyRun(spec =>
        {
            (spec.Precision, spec.Compile) = (precision, compile);
            spec.Evaluation.SampleInterval = 10;
        });

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));

        var model = Assert.Single(run.Events("model"));
        Assert.Equal("cpu", model.GetProperty("device").GetString());
        Assert.True(model.GetProperty("parameter_count").GetInt64() > 0);
        var finished = Assert.Single(run.Events("finished"));
        Assert.Equal(20, finished.GetProperty("step").GetInt64());
        Assert.Equal(2, finished.GetProperty("attempt").GetInt32());
        var losses = run.Series("train_loss").Values.TakeLast(10).Select(BitConverter.Int64BitsToDouble);
        Assert.Equal(losses.Average(), finished.GetProperty("final_loss").GetDouble(), 12);
        Assert.Equal([5, 10, 15, 20], run.Events("checkpoint").Select(e => e.GetProperty("step").GetInt64()));

        var step = run.Lines("metrics.jsonl").First(line => line.TryGetProperty("train_loss", out _));
        string[] measured =
            ["learning_rate", "gradient_norm", "step_seconds", "tokens_per_second", "mfu", "memory_bytes"];
        foreach (var series in measured)
            Assert.True(step.GetProperty(series).GetDouble() > 0, series);
        Assert.Equal(64, step.GetProperty("tokens").GetInt64());
        Assert.Equal(2, step.GetProperty("attempt").GetInt32());
        Assert.Contains("\n1 train ", run.Log, StringComparison.Ordinal);
        Assert.Contains("\n0 val ", "\n" + run.Log, StringComparison.Ordinal);
        Assert.Contains("tok/sec", run.Log, StringComparison.Ordinal);

        var samples = run.Lines("samples.jsonl");
        Assert.Equal([(10, 0), (10, 1), (20, 0), (20, 1)], samples.Select(s =>
            (s.GetProperty("step").GetInt32(), s.GetProperty("index").GetInt32())));
        Assert.All(samples, sample => Assert.Equal(8, sample.GetProperty("text").GetString()!.Length));
    }

    [Fact]
    public void Run_Validates_BitsPerByteIsTheLossInBitsOverTheBytesPredicted()
    {
        const string Text = "the cat sat on the mat. <|endoftext|>the dog lay by the log.\n";
        using var run = new TinyRun(spec => spec.MaxSteps = 1);
        var tokenizer = TokenizerTrainer.Train(
            [TextChunk.Document(Text)],
            new TokenizerTrainingOptions { VocabularySize = 270, SpecialTokens = ["<|endoftext|>"] },
            cancellationToken: TestContext.Current.CancellationToken).Tokenizer;
        var text = string.Concat(Enumerable.Repeat(Text, 50));
        run.WriteDataset("tiny", text, text, tokenizer);

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        // Two batches of 4 × 16 predictions, from the split's beginning on: the tokens behind the first.
        var predicted = tokenizer.Encode(text, SpecialTokenHandling.Allowed).Skip(1).Take(2 * 4 * 16).ToList();
        var bytes = predicted.Where(id => !tokenizer.IsSpecial(id)).Sum(id => tokenizer.TokenBytes(id).Length);
        Assert.Contains(predicted, tokenizer.IsSpecial);
        Assert.Contains(predicted, id => tokenizer.TokenBytes(id).Length > 1);
        var loss = BitConverter.Int64BitsToDouble(run.Series("validation_loss")[1]);
        var bits = BitConverter.Int64BitsToDouble(run.Series("bits_per_byte")[1]);
        Assert.Equal(loss * predicted.Count / Math.Log(2) / bytes, bits, 1e-9);
    }

    [Fact]
    public void Run_CheckpointFolder_HasTheFilesOfTheDecision()
    {
        using var run = new TinyRun();
        run.Train();

        var newest = run.Checkpoints.List().Complete[0];
        Assert.Equal(
            ["config.json", "model.safetensors", "optimizer.safetensors", "tokenizer.json", "trainer.json"],
            newest.Mark.Files.Keys);
        Assert.Null(newest.FindFault());
        Assert.NotNull(newest.Mark.ValidationLoss);
    }

    [Fact]
    public void Run_KeepLast_KeepsTheBestBesides()
    {
        using var run = new TinyRun(spec =>
        {
            // Learns, then is torn apart by an absurd rate: the best checkpoint is an early one.
            spec.MaxSteps = 40;
            spec.Optimizer.Schedule = Schedule.Constant;
            spec.Optimizer.LearningRate = 1;
            spec.Optimizer.WarmupSteps = 0;
            spec.Evaluation.ValidationInterval = 4;
            spec.Checkpoint.Interval = 4;
            spec.Checkpoint.KeepLast = 1;
        });
        run.Train();

        var kept = run.Checkpoints.List().Complete;
        var validation = run.Series("validation_loss").Where(point => point.Key > 0)
            .Select(point => (Step: point.Key, Loss: BitConverter.Int64BitsToDouble(point.Value))).ToList();
        var best = validation.MinBy(point => point.Loss).Step;
        Assert.Equal(new SortedSet<long> { best, 40 }, kept.Select(checkpoint => checkpoint.Step).ToHashSet());
    }

    // With a mask micro-batches weigh as many targets as count in them: a mean of their means is another loss.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_AccumulatedMicroBatches_EqualTheWholeBatch(bool masked)
    {
        using var whole = new TinyRun(spec => spec.Batch.MicroBatchSize = 8);
        whole.Spec_.Batch.TokensPerStep = 128;
        whole.Write();
        using var parts = new TinyRun(spec => spec.Batch.MicroBatchSize = 2);
        parts.Spec_.Batch.TokensPerStep = 128;
        parts.Write();
        if (masked)
        {
            whole.Mask();
            parts.Mask();
        }

        whole.Train();
        parts.Train();

        foreach (var series in (string[])["train_loss", "gradient_norm"])
        {
            var expected = whole.Series(series).Values.Select(BitConverter.Int64BitsToDouble).ToList();
            var actual = parts.Series(series).Values.Select(BitConverter.Int64BitsToDouble).ToList();
            Assert.Equal(20, expected.Count);
            for (var step = 0; step < 20; step++)
                Assert.Equal(expected[step], actual[step], 1e-4);
            // The first step has the same weights on both sides: nothing but the order of sums differs.
            Assert.Equal(expected[0], actual[0], 1e-5);
        }
    }

    [Fact]
    public void Run_LossThatIsNoNumber_FailsAndKeepsTheCheckpoint()
    {
        using var run = new TinyRun(spec =>
        {
            spec.MaxSteps = 200;
            spec.Optimizer.Schedule = Schedule.Constant;
            spec.Optimizer.LearningRate = 1e30;
            spec.Optimizer.WarmupSteps = 0;
            spec.Checkpoint.Interval = 1;
        });

        Assert.Equal(WorkerProgram.FailedExitCode, run.Train());

        Assert.Equal(FailureReasons.LossNotFinite, run.Failure().Reason);
        var last = run.Lines("metrics.jsonl")[^1];
        Assert.Contains(JsonValueKind.String, // "NaN" or "Infinity"
            new[] { last.GetProperty("train_loss").ValueKind, last.GetProperty("gradient_norm").ValueKind });
        var failedAt = last.GetProperty("step").GetInt64();
        Assert.All(run.Checkpoints.List().Complete, checkpoint => Assert.True(checkpoint.Step < failedAt));
        Assert.NotEmpty(run.Checkpoints.List().Complete);
    }

    [Fact]
    public void Run_StopRequested_SavesAndSaysSo()
    {
        using var run = new TinyRun();
        using var stop = new StopRequest();
        stop.Request("the test wants it");

        Assert.Equal(WorkerProgram.StoppedExitCode, run.Train(stop: stop));

        var stopped = Assert.Single(run.Events("stopped"));
        Assert.Equal(0, stopped.GetProperty("step").GetInt64());
        Assert.Contains("the test wants it", stopped.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, Assert.Single(run.Checkpoints.List().Complete).Step);
    }

    [Fact]
    public void Run_MoreSteps_GoesOnFromTheLast()
    {
        using var run = new TinyRun();
        run.Train();
        run.Spec_.MaxSteps = 25;
        run.Write();

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));

        Assert.Equal(20, Assert.Single(run.Events("resumed")).GetProperty("step").GetInt64());
        Assert.Equal(25, run.Series("train_loss").Count);
        Assert.Equal(25, run.Events("finished")[^1].GetProperty("step").GetInt64());
    }

    [Fact]
    public void Run_SecondWorkerOnTheRun_IsRefused()
    {
        using var run = new TinyRun();
        using var held = new FileStream(
            Path.Combine(run.Folder, ".worker.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        Assert.Equal(WorkerProgram.RefusedExitCode, run.Train());

        Assert.False(File.Exists(Path.Combine(run.Folder, "events.jsonl")));
    }

    // Guards against tensors left behind by a step: a run of 100,000 steps must not grow.
    [Fact]
    public void Run_ManySteps_LeaveNoTensorsBehind()
    {
        using var first = new TinyRun(spec => spec.MaxSteps = 10);
        first.Train();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using var second = new TinyRun(spec => spec.MaxSteps = 60);
        second.Train();

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }
}
