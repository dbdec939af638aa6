using Platform.Evals;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.TrainerHost.Worker;
using Platform.TrainerHost.Worker.Checkpoints;
using TorchSharp;
using RunPrecision = Platform.Contracts.Trainer.V1.Precision;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>HellaSwag's items in the training loop.</summary>
[Collection(nameof(TorchCollection))]
public sealed class ItemGradingTests
{
    [Theory]
    [InlineData(RunPrecision.Fp32, false)]
    [InlineData(RunPrecision.Fp32, true)]
    [InlineData(RunPrecision.Bf16, true)]
    public void Run_ItemsInTheLoop_HaveTheScorersFigureOfEachCheckpoint(RunPrecision precision, bool compile)
    {
        using var run = new TinyRun(spec =>
        {
            spec.MaxSteps = 60;
            spec.Precision = precision;
            spec.Compile = compile;
            spec.Checkpoint.Interval = 20;
            spec.Checkpoint.KeepLast = 3;
        });
        var path = run.GradeItems(interval: 20);

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        var figures = run.Series("hellaswag_accuracy");
        Assert.Equal([0, 20, 40, 60], figures.Keys);
        Assert.Contains(figures.Values, value => BitConverter.Int64BitsToDouble(value) is > 0 and < 1);
        foreach (var checkpoint in run.Checkpoints.List().Complete)
        {
            var figure = BitConverter.Int64BitsToDouble(figures[checkpoint.Step]);
            Assert.Equal(Grade(checkpoint, path), figure, 1e-12);
        }
    }

    // As the evaluation job does: the checkpoint's own weights, in fp32.
    private static double Grade(StoredCheckpoint checkpoint, string path)
    {
        using var model = ModelFolder.Load(checkpoint.Folder, torch.CPU, Precision.Fp32);
        var items = EvaluationSubset.Load(
            EvaluationTasks.Get("hellaswag"),
            path,
            limit: 0,
            TokenizerFiles.Load(checkpoint.Folder),
            model.Config.BlockSize);
        Assert.Equal(24, items.Count);
        var metrics = items.Score(model, cancellationToken: TestContext.Current.CancellationToken).Values();
        return metrics.Single(metric => metric.Name == MetricNames.AccNorm).Value;
    }
}
