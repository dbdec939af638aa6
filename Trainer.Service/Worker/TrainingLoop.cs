using System.Globalization;
using Platform.Datasets.Batches;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.TrainerHost.Worker.Ranks;
using Platform.Workers;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// The one loop of pretraining, fine-tuning and LoRA. Between two steps it does what belongs after that many steps:
/// validation, items, samples, a checkpoint. What that is depends on the state alone, so a resumed run goes on as if
/// nothing had happened, and every rank does the same.
/// </summary>
internal sealed class TrainingLoop(
    TrainingPlan plan, TrainerState state, TrainingStep step, RankGroup ranks, RunRecords records, StopRequest stop)
{
    private long? _savedStep;

    /// <summary>Measures the validation loss, null where it was interrupted; no function: not measured.</summary>
    public Func<CancellationToken, ValidationResult?>? Validator { get; init; }

    /// <summary>Grades HellaSwag's items; null: none.</summary>
    public ItemGrader? Grader { get; init; }

    /// <summary>Writes samples; null on all ranks but the first, and without samples.</summary>
    public SampleWriter? Samples { get; init; }

    /// <summary>Writes checkpoints; null on all ranks but the first.</summary>
    public CheckpointWriter? Checkpoints { get; init; }

    /// <summary>What a step's figures are made of beside its own.</summary>
    public required StepFigures Figures { get; init; }

    /// <summary>Steps done.</summary>
    public long Step => state.Step;

    /// <summary>Where the next step's data begins, and the tokens before it.</summary>
    public (BatchPosition Data, long Tokens) Place => (state.Data, state.Tokens);

    /// <summary>Whether something is due that uses the model with this run's weights alone.</summary>
    public bool NeedsModel => ItemsAreDue || SamplesAreDue;

    /// <summary>Whether a validation belongs to the present step and is not done yet.</summary>
    public bool ValidationIsDue =>
        Validator is not null && plan.ValidatesAt(state.Step) && state.ValidatedStep != state.Step;

    private bool ItemsAreDue => Grader is not null && plan.GradesAt(state.Step) && state.GradedStep != state.Step;

    private bool SamplesAreDue => plan.SamplesAt(state.Step) && state.SampledStep != state.Step;

    // More steps than the run had when it was ended early are a wish to go on.
    private bool AllIsDone => state.Step >= plan.MaxSteps || state.EndedEarlyOf >= plan.MaxSteps;

    // One rank that left its work alone would let the others wait for it: with several, all finish what they began.
    private CancellationToken Interruption => ranks.World == 1 ? stop.Token : CancellationToken.None;

    /// <summary>Trains until all steps are done or the worker is to end; both leave a checkpoint.</summary>
    /// <param name="savedStep">The step of the checkpoint that the state came from; null for a new run.</param>
    /// <exception cref="TrainingException">Loss or gradients are not finite; the last checkpoint stays.</exception>
    public LoopEnd Run(long? savedStep)
    {
        Begin(savedStep);
        while (true)
        {
            if (DoWhatIsDue() is { } end)
                return end;
            TrainOneStep();
        }
    }

    /// <summary>Makes ready; <see cref="Run"/> does it by itself.</summary>
    /// <param name="savedStep">The step of the checkpoint that the state came from; null for a new run.</param>
    public void Begin(long? savedStep)
    {
        _savedStep = savedStep;
        if (state.EndedEarlyOf is not null && !AllIsDone)
            (state.EndedEarlyOf, state.StaleValidations) = (null, 0);
    }

    /// <summary>Does what belongs between two steps: validation, items, samples, a checkpoint.</summary>
    /// <returns>Null where another step follows.</returns>
    public LoopEnd? DoWhatIsDue()
    {
        Checkpoints?.ThrowIfFailed();
        // A checkpoint that was written before its step's validation (the worker had to end) is written again.
        if (ValidationIsDue && Validate())
            _savedStep = null;
        if (ItemsAreDue && Grade())
            _savedStep = null;
        if (SamplesAreDue && (Samples?.Run(state.Step, Interruption) ?? true))
            state.SampledStep = state.Step;

        var stops = ranks.Any(stop.IsRequested);
        var finished = AllIsDone && !ValidationIsDue && !ItemsAreDue && !SamplesAreDue;
        if (_savedStep != state.Step && (finished || stops || plan.SavesAt(state.Step)))
        {
            Checkpoints?.Write(state);
            _savedStep = state.Step;
        }

        if (!finished && !stops)
            return null;
        Checkpoints?.Complete();
        return finished ? LoopEnd.Finished : LoopEnd.Stopped;
    }

    /// <summary>Ends a step whose gradients were computed elsewhere: update and figures.</summary>
    /// <param name="loss">The step's loss.</param>
    /// <param name="begin">When it began, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> says.</param>
    /// <exception cref="TrainingException">Loss or gradients are not finite; the last checkpoint stays.</exception>
    public void EndStep(double loss, long begin) =>
        Note(step.Update(state.Step, loss, begin, Skips, Checkpoints));

    private void TrainOneStep()
    {
        StepResult? done;
        while ((done = step.Run(state.Step, Skips, Checkpoints)) is null)
            BackOff();
        Note(done.Value);
    }

    private void Note(StepResult result)
    {
        state.Step++;
        state.Tokens += plan.TokensPerStep;
        state.Data = step.Batches.Position;
        state.AddLoss(result.Loss);
        records.Step(state, result, Figures.Of(plan, state, result, Checkpoints));
        if (!double.IsFinite(result.Loss) || !double.IsFinite(result.GradientNorm))
            throw NotFinite(result);
        if (result.Spike is { } reason)
            NoteSpike(reason);
    }

    private string? Skips(double loss, double norm) =>
        double.IsFinite(loss) && double.IsFinite(norm) ? state.Spikes.Observe(loss, norm, plan.Spikes) : null;

    private void NoteSpike(string reason)
    {
        state.SkippedUpdates++;
        records.Event(
            "spike_skipped",
            string.Create(CultureInfo.InvariantCulture, $"The update of step {state.Step} is left out: {reason}."),
            ("step", state.Step));
    }

    private void BackOff()
    {
        var rows = step.Batches.Rows;
        if (TrainingPlan.Smaller(rows) is not { } fewer)
        {
            throw new TrainingException(
                FailureReasons.OutOfMemory, "There is not enough memory for a single sequence at once.")
            {
                IsOnAllRanks = true,
            };
        }

        state.MicroBatchSize = fewer;
        step.Batches.Open(fewer, state.Data, state.Tokens);
        records.BackedOff(state.Step, rows, fewer, "memory ran out");
    }

    private bool Validate()
    {
        if (Validator!(Interruption) is not { } validation)
            return false; // Interrupted: the next attempt does it.
        state.AddValidation(validation.Loss, plan.MinDelta);
        records.Validation(state.Step, state.Tokens, validation);
        if (plan.Patience > 0 && state.StaleValidations >= plan.Patience && !AllIsDone)
            state.EndedEarlyOf = plan.MaxSteps;
        return true;
    }

    private bool Grade()
    {
        if (Grader!.Run(Interruption) is not { } accuracy)
            return false;
        state.GradedStep = state.Step;
        records.Grading(state.Step, state.Tokens, accuracy);
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
            + "clipping.")
        {
            IsOnAllRanks = true,
        };
    }
}
