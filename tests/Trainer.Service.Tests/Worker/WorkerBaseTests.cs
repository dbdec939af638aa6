using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;
using LoraBias = Platform.Contracts.Trainer.V1.LoraBias;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>Runs that start from another model: fine-tuning and LoRA.</summary>
[Collection(nameof(TorchCollection))]
public sealed class WorkerBaseTests : IDisposable
{
    private readonly TinyRun _base = new();

    public WorkerBaseTests() => Assert.Equal(WorkerProgram.FinishedExitCode, _base.Train());

    public void Dispose() => _base.Dispose();

    [Fact]
    public void FineTune_FromCheckpoint_BeginsWhereTheBaseEnded()
    {
        using var run = From(_base, _ => { });

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        Assert.Equal(_base.Series("validation_loss")[20], run.Series("validation_loss")[0]);
        Assert.Equal(Count(_base, "parameter_count"), Count(run, "trainable_parameter_count"));
    }

    [Fact]
    public void Lora_TrainsAdaptersOnly()
    {
        using var run = From(_base, WithLora);

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        // c_attn of 2 layers: A (r × 16) and B (48 × r), and its biases.
        Assert.Equal(2 * ((2 * 16) + (48 * 2) + 48), Count(run, "trainable_parameter_count"));
        Assert.Equal(_base.Series("validation_loss")[20], run.Series("validation_loss")[0]);
        Assert.True(Value(run, "validation_loss", 20) < Value(run, "validation_loss", 0));
        var checkpoint = run.Checkpoints.List().Complete[0];
        Assert.Equal(
            [
                "adapter_config.json", "adapter_model.safetensors", "base.json", "config.json",
                "optimizer.safetensors", "tokenizer.json", "trainer.json",
            ],
            checkpoint.Mark.Files.Keys);
        using var config = JsonDocument.Parse(File.ReadAllText(checkpoint["adapter_config.json"]));
        Assert.Equal("LORA", config.RootElement.GetProperty("peft_type").GetString());
        Assert.Equal("runs/tiny@20", config.RootElement.GetProperty("base_model_name_or_path").GetString());
        using var weights = SafetensorsFile.Open(checkpoint["adapter_model.safetensors"]);
        Assert.Contains("base_model.model.transformer.h.1.attn.c_attn.lora_A.weight", weights.Tensors.Keys);
        using var source = JsonDocument.Parse(File.ReadAllText(checkpoint["base.json"]));
        Assert.Equal(run.Base, RunBase.FromJson(source.RootElement));
    }

    [Fact]
    public void Lora_FromAnotherRunsAdapter_BeginsWhereThatEnded()
    {
        using var first = From(_base, spec =>
        {
            WithLora(spec);
            spec.Lora.Dora = true;
            spec.Lora.PlusRatio = 4;
        });
        Assert.Equal(WorkerProgram.FinishedExitCode, first.Train());
        using var second = From(_base, spec =>
        {
            WithLora(spec);
            spec.Lora.Adapter = "path:" + first.Checkpoints.List().Complete[0].Folder;
        });

        Assert.Equal(WorkerProgram.FinishedExitCode, second.Train());

        Assert.Equal(first.Series("validation_loss")[20], second.Series("validation_loss")[0]);
    }

    [Fact]
    public void Lora_Resumed_GoesOnBitForBit()
    {
        using var whole = From(_base, spec => Configure(spec, 12));
        whole.Train();
        using var parts = From(_base, spec => Configure(spec, 5));
        parts.Train();
        parts.Spec_.MaxSteps = 12;
        parts.Write();

        Assert.Equal(WorkerProgram.FinishedExitCode, parts.Train(attempt: 2));

        Assert.Equal(5, Assert.Single(parts.Events("resumed")).GetProperty("step").GetInt64());
        Assert.Equal(whole.Series("train_loss"), parts.Series("train_loss"));
        Assert.Equal(whole.Series("validation_loss")[12], parts.Series("validation_loss")[12]);

        static void Configure(RunSpec spec, long steps)
        {
            WithLora(spec);
            spec.Lora.Dropout = 0.2;
            spec.Optimizer.Schedule = Schedule.Constant; // Else the rate would depend on max_steps.
            spec.MaxSteps = steps;
        }
    }

    [Fact]
    public void FineTune_FromLoraCheckpoint_BeginsWithTheAdapterMerged()
    {
        using var tuned = From(_base, WithLora);
        tuned.Train();
        using var run = From(tuned, _ => { });

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        Assert.Equal(Value(tuned, "validation_loss", 20), Value(run, "validation_loss", 0), 1e-4);
        Assert.Contains("model.safetensors", run.Checkpoints.List().Complete[0].Mark.Files.Keys);
    }

    [Fact]
    public void Lora_OnLoraCheckpoint_AddsAnAdapterToTheMergedModel()
    {
        using var tuned = From(_base, WithLora);
        tuned.Train();
        using var run = From(tuned, WithLora);

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        Assert.Equal(Value(tuned, "validation_loss", 20), Value(run, "validation_loss", 0), 1e-4);
        Assert.True(Value(run, "validation_loss", 20) < Value(run, "validation_loss", 0));
    }

    [Fact]
    public void Lora_TargetThatMatchesNothing_NamesTheLayers()
    {
        using var run = From(_base, spec =>
        {
            WithLora(spec);
            spec.Lora.Targets.Clear();
            spec.Lora.Targets.Add("c_nothing");
        });

        Assert.Equal(WorkerProgram.FailedExitCode, run.Train());

        Assert.Equal(FailureReasons.InvalidRun, run.Failure().Reason);
        Assert.Contains("c_attn", run.Failure().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Base_WeightsCutShort_IsNamed()
    {
        using var run = From(_base, _ => { });
        using (var weights = new FileStream(Path.Combine(run.Base.Folder!, "model.safetensors"), FileMode.Open))
            weights.SetLength(weights.Length / 2);

        Assert.Equal(WorkerProgram.FailedExitCode, run.Train());

        Assert.Equal(FailureReasons.BaseCorrupt, run.Failure().Reason);
        Assert.Contains("runs/tiny@20", run.Failure().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Base_WithAnotherTokenizer_IsRefused()
    {
        using var run = From(_base, _ => { }, alphabet: TinyRun.Alphabet + "ABC");

        Assert.Equal(WorkerProgram.FailedExitCode, run.Train());

        Assert.Equal(FailureReasons.TokenizerMismatch, run.Failure().Reason);
    }

    // The vocabulary fits, the ids mean other letters: training would go on from nonsense.
    [Fact]
    public void Base_WithATokenizerOfTheSameSize_IsRefused()
    {
        var alphabet = TinyRun.Alphabet.Replace('.', '!');
        using var run = From(_base, _ => { }, alphabet, text: "the cat sat on the mat!\n");

        Assert.Equal(WorkerProgram.FailedExitCode, run.Train());

        Assert.Equal(FailureReasons.TokenizerMismatch, run.Failure().Reason);
    }

    [Fact]
    public void Base_HuggingFaceFolder_IsFineTuned()
    {
        var folder = SharedData.Require("checkpoints/sshleifer-tiny-gpt2");
        using var run = new TinyRun(WithoutModel)
        {
            Base = new RunBase(RunBaseKind.HuggingFace, folder, "path:" + folder),
        };
        run.Spec_.Batch.SequenceLength = 8;
        run.Spec_.Batch.TokensPerStep = 32;
        run.Write();

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        Assert.True(Value(run, "validation_loss", 20) < Value(run, "validation_loss", 0));
    }

    private static TinyRun From(TinyRun source, Action<RunSpec> configure, string? alphabet = null, string? text = null)
    {
        var newest = source.Checkpoints.List().Complete[0];
        var run = new TinyRun(spec =>
        {
            WithoutModel(spec);
            configure(spec);
        })
        {
            Base = new RunBase(RunBaseKind.Checkpoint, newest.Folder, $"runs/tiny@{newest.Step}"),
        };
        if (alphabet is not null)
        {
            var sentences = string.Concat(Enumerable.Repeat(text ?? TinyRun.Sentences(1), 100));
            run.WriteDataset("tiny", sentences, sentences, alphabet);
        }

        run.Write();
        return run;
    }

    private static void WithoutModel(RunSpec spec) => spec.Model = new ModelSpec();

    private static void WithLora(RunSpec spec) => spec.Lora = new LoraSpec
    {
        Rank = 2,
        Alpha = 4,
        Dropout = 0,
        Targets = { "c_attn" },
        Bias = LoraBias.LoraOnly,
        Rslora = false,
    };

    private static long Count(TinyRun run, string key) => run.Events("model")[0].GetProperty(key).GetInt64();

    private static double Value(TinyRun run, string series, long step) =>
        BitConverter.Int64BitsToDouble(run.Series(series)[step]);
}
