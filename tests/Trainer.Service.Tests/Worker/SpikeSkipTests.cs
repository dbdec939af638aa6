using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>A text with one step's worth of letters that the model has learnt never to expect.</summary>
[Collection(nameof(TorchCollection))]
public sealed class SpikeSkipTests
{
    private const int TokensPerStep = 64;
    private const long SpikeStep = 30;

    [Theory]
    [InlineData("loss")]
    [InlineData("gradient")]
    public void Run_Spike_LeavesThatUpdateOutAndSaysSo(string by)
    {
        using var run = Create(recovery => Switch(recovery, by));

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        var skipped = Assert.Single(run.Events("spike_skipped"));
        Assert.Equal(SpikeStep, skipped.GetProperty("step").GetInt64());
        Assert.Contains("standard deviations", skipped.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains(by, skipped.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal([SpikeStep], run.Series("skipped_updates").Keys);
        Assert.Equal(40, run.Series("train_loss").Count);
        var weights = Weights(run);
        Assert.Equal(weights[SpikeStep - 1], weights[SpikeStep]);
        Assert.NotEqual(weights[SpikeStep - 2], weights[SpikeStep - 1]);
        Assert.NotEqual(weights[SpikeStep], weights[SpikeStep + 1]);
    }

    [Fact]
    public void Run_NotAskedFor_TakesTheUpdate()
    {
        using var run = Create(_ => { });

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        Assert.Empty(run.Events("spike_skipped"));
        var weights = Weights(run);
        Assert.NotEqual(weights[SpikeStep - 1], weights[SpikeStep]);
    }

    // The last steps' losses and norms are part of the checkpoint: without them the window were empty after a resume,
    // and the spike a few steps later would be taken.
    [Fact]
    public void Run_StoppedBeforeTheSpike_ResumesAndLeavesItOutAllTheSame()
    {
        using var undisturbed = Create(recovery => Switch(recovery, "loss"));
        undisturbed.Train();
        using var run = Create(recovery => Switch(recovery, "loss"));
        Assert.Equal(WorkerProgram.StoppedExitCode, run.Train(until: SpikeStep - 3));

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));

        Assert.Equal(SpikeStep, Assert.Single(run.Events("spike_skipped")).GetProperty("step").GetInt64());
        TinyRun.AssertSameCurves(undisturbed, run);
        var checkpoint = run.Checkpoints.List().Complete[0];
        var state = JsonDocument.Parse(File.ReadAllText(checkpoint["trainer.json"])).RootElement;
        Assert.Equal(1, state.GetProperty("skipped_updates").GetInt64());
    }

    private static TinyRun Create(Action<RecoverySpec> recovery)
    {
        var run = new TinyRun(spec =>
        {
            spec.MaxSteps = 40;
            spec.Checkpoint.Interval = 1;
            spec.Checkpoint.KeepLast = 0;
            spec.Recovery = new RecoverySpec();
            recovery(spec.Recovery);
        });
        var text = TinyRun.Sentences(200);
        var at = (int)(SpikeStep - 1) * TokensPerStep;
        run.WriteDataset(
            "tiny", text[..at] + new string('z', TokensPerStep) + text[(at + TokensPerStep)..], TinyRun.Sentences(20));
        return run;
    }

    private static void Switch(RecoverySpec recovery, string by)
    {
        recovery.SpikeWindow = 8;
        if (by == "loss")
            recovery.SpikeLossZ = 4;
        else
            recovery.SpikeGradientZ = 4;
    }

    private static Dictionary<long, string> Weights(TinyRun run) => run.Checkpoints.List().Complete.ToDictionary(
        checkpoint => checkpoint.Step, checkpoint => checkpoint.Mark.Files["model.safetensors"].Sha256);
}
