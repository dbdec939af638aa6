using System.Globalization;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.Workers;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// The one loop of pretraining, fine-tuning and LoRA. Between two steps it does what belongs after that many steps:
/// validation, samples, a checkpoint. What that is depends on the state alone, so a resumed run goes on as if nothing
/// had happened.
/// </summary>
internal sealed class TrainingLoop(
    TrainingPlan plan,
    TrainerState state,
    TrainingStep step,
    Validator? validator,
    SampleWriter? samples,
    CheckpointWriter checkpoints,
    RunRecords records,
    ResidentMemory memory,
    StopRequest stop)
{
    private bool ValidationIsDue =>
        validator is not null && plan.ValidatesAt(state.Step) && state.ValidatedStep != state.Step;

    private bool SamplesAreDue =>
        samples is not null && plan.SamplesAt(state.Step) && state.SampledStep != state.Step;

    /// <summary>Trains until all steps are done or the worker is to end; both leave a checkpoint.</summary>
    /// <param name="savedStep">The step of the checkpoint that the state came from; null for a new run.</param>
    /// <exception cref="TrainingException">Loss or gradients are not finite; the last checkpoint stays.</exception>
    public LoopEnd Run(long? savedStep)
    {
        while (true)
        {
            // A checkpoint that was written before its step's validation (the worker had to end) is written again.
            if (ValidationIsDue && Validate())
                savedStep = null;
            if (SamplesAreDue && samples!.Run(state.Step, stop.Token))
                state.SampledStep = state.Step;

            var finished = state.Step >= plan.MaxSteps && !ValidationIsDue && !SamplesAreDue;
            if (savedStep != state.Step && (finished || stop.IsRequested || plan.SavesAt(state.Step)))
            {
                checkpoints.Write(state);
                savedStep = state.Step;
            }

            if (finished)
                return LoopEnd.Finished;
            if (stop.IsRequested)
                return LoopEnd.Stopped;
            TrainOneStep();
        }
    }

    private void TrainOneStep()
    {
        var result = step.Run(state.Step);
        state.Step++;
        state.Tokens += plan.TokensPerStep;
        state.Data = step.Position;
        state.AddLoss(result.Loss);
        records.Step(state.Step, state.Tokens, plan.TokensPerStep, result, memory.ReadIfDue());
        if (!double.IsFinite(result.Loss) || !double.IsFinite(result.GradientNorm))
            throw NotFinite(result);
    }

    private bool Validate()
    {
        if (validator!.Run(stop.Token) is not { } loss)
            return false; // Interrupted: the next attempt does it.
        state.AddValidation(loss);
        records.Validation(state.Step, state.Tokens, loss);
        return true;
    }

    private TrainingException NotFinite(StepResult result)
    {
        var what = string.Create(
            CultureInfo.InvariantCulture,
            $"At step {state.Step} the loss was {result.Loss} and the gradients' norm {result.GradientNorm}.");
        return new TrainingException(
            FailureReasons.LossNotFinite,
            $"{what} The last checkpoint is kept. Lower the learning rate, lengthen the warm-up or turn on gradient "
            + "clipping.");
    }
}
