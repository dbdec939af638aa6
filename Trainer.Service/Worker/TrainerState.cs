using Platform.Datasets.Batches;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// All that a run is, besides weights and optimizer moments: trainer.json. Dropout masks, batches and samples are drawn
/// from generators seeded by the run's seed and the step, so no generator's inner state has to be kept.
/// </summary>
internal sealed class TrainerState
{
    /// <summary>Training losses that <see cref="FinalLoss"/> is the mean of.</summary>
    public const int RecentLossCount = 10;

    /// <summary>The file's format.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; set; }

    /// <summary>Tokens trained on.</summary>
    public long Tokens { get; set; }

    /// <summary>Seeds everything that is drawn.</summary>
    public long Seed { get; init; }

    /// <summary>Where the data loader stands.</summary>
    public BatchPosition Data { get; set; } = BatchPosition.Start;

    /// <summary>Step of the last validation; null before the first.</summary>
    public long? ValidatedStep { get; set; }

    /// <summary>Loss of the last validation.</summary>
    public double? ValidationLoss { get; set; }

    /// <summary>The lowest validation loss.</summary>
    public double? BestValidationLoss { get; set; }

    /// <summary>The step of the lowest validation loss.</summary>
    public long? BestStep { get; set; }

    /// <summary>Step of the last samples; null before the first.</summary>
    public long? SampledStep { get; set; }

    /// <summary>Step of the last grading of HellaSwag's items; null before the first.</summary>
    public long? GradedStep { get; set; }

    /// <summary>Sequences computed at once since memory ran out; null: as the spec says.</summary>
    public int? MicroBatchSize { get; set; }

    /// <summary>Validations since the loss was last lower by more than early_stopping.min_delta.</summary>
    public int StaleValidations { get; set; }

    /// <summary>The loss that the next ones must be below for early stopping.</summary>
    public double? LossToBeat { get; set; }

    /// <summary>The max_steps under which the run was ended early; null where it was not.</summary>
    public long? EndedEarlyOf { get; set; }

    /// <summary>Losses and gradient norms of the last steps, oldest first; empty without spike skip.</summary>
    public SpikeWindow Spikes { get; init; } = new();

    /// <summary>Updates left out because of spikes.</summary>
    public long SkippedUpdates { get; set; }

    /// <summary>The last training losses, oldest first.</summary>
    public List<double> RecentLosses { get; init; } = [];

    /// <summary>Mean training loss of the last steps; null before the first.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double? FinalLoss => RecentLosses.Count > 0 ? RecentLosses.Average() : null;

    /// <summary>Notes a step's loss.</summary>
    public void AddLoss(double loss)
    {
        if (RecentLosses.Count == RecentLossCount)
            RecentLosses.RemoveAt(0);
        RecentLosses.Add(loss);
    }

    /// <summary>Notes a validation at the present step.</summary>
    /// <param name="loss">What was measured.</param>
    /// <param name="minDelta">By how much a loss must be lower to count for early stopping.</param>
    public void AddValidation(double loss, double minDelta = 0)
    {
        if (double.IsFinite(loss) && !(loss >= LossToBeat - minDelta))
            (LossToBeat, StaleValidations) = (loss, 0);
        else
            StaleValidations++;
        ValidatedStep = Step;
        ValidationLoss = loss;
        if (double.IsFinite(loss) && !(loss >= BestValidationLoss))
            (BestValidationLoss, BestStep) = (loss, Step);
    }
}
