using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

public sealed class TrainingPlanTests
{
    [Fact]
    public void ToPlan_TokensPerStep_BecomeAccumulation()
    {
        var spec = TinyRun.Spec();
        spec.Batch = new BatchSpec { MicroBatchSize = 4, SequenceLength = 8, TokensPerStep = 96 };

        var plan = spec.ToPlan();

        Assert.Equal(96, plan.TokensPerStep);
    }

    [Theory]
    [InlineData(0, 8, 0, "micro_batch_size")]
    [InlineData(4, 0, 32, "sequence_length")]
    [InlineData(4, 8, 40, "tokens_per_step")]
    [InlineData(4, 8, 16, "tokens_per_step")]
    public void ToPlan_SizesThatDoNotFit_NameTheField(int rows, int columns, long tokens, string field)
    {
        var spec = TinyRun.Spec();
        spec.Batch = new BatchSpec { MicroBatchSize = rows, SequenceLength = columns, TokensPerStep = tokens };

        var exception = Assert.Throws<TrainingException>(() => spec.ToPlan());

        Assert.Equal(FailureReasons.InvalidRun, exception.Reason);
        Assert.Contains(field, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToPlan_ZeroValidationBatches_MeansTheWholeSplit()
    {
        var spec = TinyRun.Spec();
        spec.Evaluation.ValidationBatches = 0;
        Assert.Null(spec.ToPlan().ValidationBatches);
        spec.Evaluation.ValidationBatches = 5;
        Assert.Equal(5, spec.ToPlan().ValidationBatches);
    }

    [Theory]
    [InlineData(0, true, false, false)]
    [InlineData(3, false, true, false)]
    [InlineData(4, true, false, true)]
    [InlineData(6, false, true, false)]
    [InlineData(7, true, true, true)]
    public void Due_IntervalsAndTheEnds_AreMet(long step, bool validates, bool samples, bool saves)
    {
        var spec = TinyRun.Spec();
        spec.MaxSteps = 7;
        spec.Evaluation.ValidationInterval = 4;
        spec.Evaluation.SampleInterval = 3;
        spec.Checkpoint.Interval = 4;
        var plan = spec.ToPlan();

        Assert.Equal((validates, samples, saves), (plan.ValidatesAt(step), plan.SamplesAt(step), plan.SavesAt(step)));
    }

    [Fact]
    public void Due_IntervalsOfZero_MeanNever()
    {
        var spec = TinyRun.Spec();
        spec.MaxSteps = 7;
        spec.Evaluation.ValidationInterval = 0;
        spec.Evaluation.SampleInterval = 0;
        spec.Checkpoint.Interval = 0;
        var plan = spec.ToPlan();

        for (var step = 0; step <= 7; step++)
            Assert.False(plan.ValidatesAt(step) || plan.SamplesAt(step) || plan.SavesAt(step));
    }
}
