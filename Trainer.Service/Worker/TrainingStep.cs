using System.Diagnostics;
using Platform.Datasets;
using Platform.Datasets.Batches;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>One optimizer step: gradients over all micro-batches, clipping, update.</summary>
internal sealed class TrainingStep(
    TrainingPlan plan,
    Gpt model,
    ParameterSelection selection,
    AdamW optimizer,
    LearningRateSchedule schedule,
    IBatchLoader loader,
    TokenBatch batch,
    Generator dropout)
{
    /// <summary>Where the data loader stands.</summary>
    public BatchPosition Position => loader.Position;

    /// <summary>Trains one step.</summary>
    /// <param name="step">Steps done before it.</param>
    public StepResult Run(long step)
    {
        var begin = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        model.train();
        // Masks depend on seed and step alone, not on how often a generator was used: a resumed run draws the same.
        dropout.manual_seed((long)CounterRandom.Bits((ulong)plan.Seed, (ulong)step));
        selection.ClearGradients();
        var sum = zeros(1, device: model.Device);
        for (var micro = 0; micro < plan.AccumulationSteps; micro++)
        {
            using var microScope = NewDisposeScope();
            var (inputs, targets) = batch.Next(loader); // (B, T), (B, T)
            sum.add_(model.AccumulateGradients(inputs, targets, scale: 1.0 / plan.AccumulationSteps));
        }

        var (norm, scale) = GradientClipping.Measure(selection, plan.GradientClip);
        var rate = schedule.At((int)step);
        optimizer.Step(rate, scale);
        var loss = sum.item<float>() / (double)plan.AccumulationSteps;
        return new StepResult(loss, norm, rate, Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }
}
