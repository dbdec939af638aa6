using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>Runs that get no better: real ones, whose learning rate is too low for a nat in the time given.</summary>
[Collection(nameof(TorchCollection))]
public sealed class EarlyStoppingTests
{
    [Fact]
    public void Run_NoLowerLossInPatienceValidations_EndsThereAndSaysSo()
    {
        using var run = new TinyRun(GetsNoBetter);

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        var finished = Assert.Single(run.Events("finished"));
        Assert.Equal(8, finished.GetProperty("step").GetInt64());
        Assert.Equal("EARLY_STOPPED", finished.GetProperty("stop_reason").GetString());
        Assert.Contains("2 validations", finished.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal([0, 4, 8], run.Series("validation_loss").Keys);
        Assert.Equal(8, run.Series("train_loss").Count);
        Assert.Equal(8, run.Checkpoints.List().Complete[0].Step);
    }

    [Fact]
    public void Run_PatienceNotGiven_GoesToItsEnd()
    {
        using var run = new TinyRun(spec =>
        {
            GetsNoBetter(spec);
            spec.EarlyStopping = null;
        });

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        Assert.Equal(40, run.Events("finished")[0].GetProperty("step").GetInt64());
        Assert.Equal(JsonValueKind.Null, run.Events("finished")[0].GetProperty("stop_reason").ValueKind);
    }

    [Fact]
    public void Run_LossFalls_PatienceBeginsAnew()
    {
        using var run = new TinyRun(spec =>
        {
            spec.MaxSteps = 60;
            spec.Evaluation.ValidationInterval = 10;
            spec.EarlyStopping = new EarlyStoppingSpec { Patience = 1, MinDelta = 0.01 };
        });

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        Assert.Equal(60, run.Events("finished")[0].GetProperty("step").GetInt64());
    }

    // What was waited for so far is part of the checkpoint: a resumed run does not begin to wait anew.
    [Fact]
    public void Run_StoppedWhileWaiting_ResumesAndEndsWhereItWouldHave()
    {
        using var run = new TinyRun(GetsNoBetter);
        Assert.Equal(WorkerProgram.StoppedExitCode, run.Train(until: 6));
        var checkpoint = run.Checkpoints.List().Complete[0];
        var state = JsonDocument.Parse(File.ReadAllText(checkpoint["trainer.json"])).RootElement;
        Assert.Equal(1, state.GetProperty("stale_validations").GetInt32());

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));

        Assert.Equal(8, run.Events("finished")[0].GetProperty("step").GetInt64());
    }

    [Fact]
    public void Run_EndedEarly_GoesOnWithMoreStepsAndWaitsAnew()
    {
        using var run = new TinyRun(GetsNoBetter);
        run.Train();
        run.Spec_.MaxSteps = 80;
        run.Write();

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train(attempt: 2));

        Assert.Equal(8, run.Events("resumed")[0].GetProperty("step").GetInt64());
        Assert.Equal(16, run.Events("finished")[^1].GetProperty("step").GetInt64());
    }

    private static void GetsNoBetter(RunSpec spec)
    {
        spec.MaxSteps = 40;
        spec.Optimizer.LearningRate = 1e-6;
        spec.Optimizer.MinLearningRate = 0;
        spec.Evaluation.ValidationInterval = 4;
        spec.EarlyStopping = new EarlyStoppingSpec { Patience = 2, MinDelta = 1 };
    }
}
