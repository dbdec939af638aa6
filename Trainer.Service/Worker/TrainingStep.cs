using System.Diagnostics;
using System.Runtime.InteropServices;
using Platform.Datasets;
using Platform.Modeling;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.TrainerHost.Worker.Ranks;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>One optimizer step: gradients over all micro-batches and ranks, clipping, update.</summary>
internal sealed class TrainingStep(
    TrainingPlan plan,
    Gpt model,
    ParameterSelection selection,
    AdamW optimizer,
    LearningRateSchedule schedule,
    MicroBatches batches,
    RankGroup ranks,
    Generator dropout)
{
    /// <summary>The micro-batches that it takes.</summary>
    public MicroBatches Batches => batches;

    /// <summary>What trains.</summary>
    public ParameterSelection Selection => selection;

    /// <summary>Adds the gradients of a micro-batch; replaced where a test wants memory to run out.</summary>
    public Func<Tensor, Tensor, double, Tensor> Accumulate { get; init; } =
        (inputs, targets, scale) => model.AccumulateGradients(inputs, targets, scale: scale);

    /// <summary>Trains one step.</summary>
    /// <param name="step">Steps done before it.</param>
    /// <param name="spikes">Decides whether the update is left out.</param>
    /// <param name="checkpoints">Told before weights change.</param>
    /// <returns>Null where some rank had no memory for it: nothing has changed then.</returns>
    public StepResult? Run(long step, Func<double, double, string?> spikes, CheckpointWriter? checkpoints)
    {
        var begin = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        Begin(step);
        var position = batches.Position;
        double[] figures = [0, 0];
        if (TryAccumulate(batches.Weights(ranks)) is { } mean)
            figures[0] = mean;
        else
            figures[1] = 1;
        ranks.Sum(figures);
        if (figures[1] > 0)
        {
            selection.ClearGradients();
            batches.Return(position);
            return null;
        }

        ranks.SumGradients(selection);
        return Update(step, figures[0], begin, spikes, checkpoints);
    }

    /// <summary>Makes ready for a step's gradients: none yet, and the step's dropout masks.</summary>
    public void Begin(long step)
    {
        model.train();
        // Masks depend on seed, step and rank alone, not on how often a generator was used: a resumed run draws the
        // same.
        var seed = CounterRandom.Bits((ulong)plan.Seed, (ulong)step);
        dropout.manual_seed((long)(ranks.IsFirst ? seed : CounterRandom.Bits(seed, (ulong)ranks.Rank)));
        selection.ClearGradients();
    }

    /// <summary>Clips the gradients that are there and changes what trains.</summary>
    /// <param name="step">Steps done before it.</param>
    /// <param name="loss">Of all micro-batches and ranks.</param>
    /// <param name="begin">When the step began, as <see cref="Stopwatch.GetTimestamp"/> says.</param>
    /// <param name="spikes">Decides whether the update is left out.</param>
    /// <param name="checkpoints">Told before weights change.</param>
    public StepResult Update(
        long step, double loss, long begin, Func<double, double, string?> spikes, CheckpointWriter? checkpoints)
    {
        using var scope = NewDisposeScope();
        var (norm, scale) = GradientClipping.Measure(selection, plan.GradientClip);
        var rate = schedule.At((int)step);
        var spike = spikes(loss, norm);
        if (spike is null && double.IsFinite(loss) && double.IsFinite(norm))
        {
            checkpoints?.BeforeUpdate();
            optimizer.Step(rate, scale);
        }

        return new StepResult(loss, norm, rate, Stopwatch.GetElapsedTime(begin).TotalSeconds, spike);
    }

    /// <summary>This rank's part of the step's loss; null where memory ran out.</summary>
    private double? TryAccumulate(IReadOnlyList<double> weights)
    {
        try
        {
            using var scope = NewDisposeScope();
            var sum = zeros(1, device: model.Device);
            for (var micro = 0; micro < batches.Count; micro++)
            {
                using var microScope = NewDisposeScope();
                var (inputs, targets) = batches.Next(); // (B, T), (B, T)
                sum.AddInPlace(Accumulate(inputs, targets, weights[micro]), weights[micro]);
            }

            return sum.item<float>();
        }
        catch (ExternalException e) when (plan.BacksOff && FailureDiagnosis.IsOutOfMemory(e.Message))
        {
            return null;
        }
    }
}
