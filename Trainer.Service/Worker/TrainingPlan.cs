namespace Platform.TrainerHost.Worker;

/// <summary>How much is computed when: the part of a run's spec that the loop itself follows.</summary>
internal sealed record TrainingPlan
{
    /// <summary>Optimizer steps in all.</summary>
    public required long MaxSteps { get; init; }

    /// <summary>B: sequences computed at once.</summary>
    public required int MicroBatchSize { get; init; }

    /// <summary>T: tokens of a sequence.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Seeds data order, dropout and samples.</summary>
    public required long Seed { get; init; }

    /// <summary>Whether micro-batches are drawn at random places.</summary>
    public required bool RandomBatches { get; init; }

    /// <summary>Gradients are scaled down to this global norm; 0: never.</summary>
    public required double GradientClip { get; init; }

    /// <summary>Steps between validations; 0: never.</summary>
    public required long ValidationInterval { get; init; }

    /// <summary>Batches of a validation; null: the whole split.</summary>
    public required int? ValidationBatches { get; init; }

    /// <summary>Steps between samples; 0: never.</summary>
    public required long SampleInterval { get; init; }

    /// <summary>What samples begin with; empty: a document's beginning.</summary>
    public required string SamplePrompt { get; init; }

    /// <summary>Samples at a time.</summary>
    public required int SampleCount { get; init; }

    /// <summary>New tokens of a sample.</summary>
    public required int SampleTokens { get; init; }

    /// <summary>Steps between checkpoints; 0: at the end only.</summary>
    public required long CheckpointInterval { get; init; }

    /// <summary>Checkpoints that are kept beside the best; 0: all.</summary>
    public required int KeepLast { get; init; }

    /// <summary>Predictions of one step, on all ranks.</summary>
    public required long TokensPerStep { get; init; }

    /// <summary>Steps between gradings of HellaSwag's items; 0: never.</summary>
    public long HellaSwagInterval { get; init; }

    /// <summary>Validations without a lower loss that end the run; 0: none do.</summary>
    public int Patience { get; init; }

    /// <summary>By how much a loss must be lower to count.</summary>
    public double MinDelta { get; init; }

    /// <summary>What is a spike.</summary>
    public SpikeLimits Spikes { get; init; } = SpikeLimits.Off;

    /// <summary>Whether to go on with smaller micro-batches when memory runs out.</summary>
    public bool BacksOff { get; init; }

    /// <summary>
    /// Sequences computed at once after memory ran out with <paramref name="rows"/>: at most half as many, so that they
    /// still divide what a step takes; null where one alone was too much.
    /// </summary>
    public static int? Smaller(int rows)
    {
        for (var fewer = rows / 2; fewer >= 1; fewer--)
        {
            if (rows % fewer == 0)
                return fewer;
        }

        return null;
    }

    /// <summary>Whether HellaSwag's items are graded after this many steps.</summary>
    public bool GradesAt(long step) => IsDue(step, HellaSwagInterval);

    /// <summary>Whether a validation belongs after this many steps.</summary>
    public bool ValidatesAt(long step) => IsDue(step, ValidationInterval);

    /// <summary>Whether samples belong after this many steps; the first ones after the first interval.</summary>
    public bool SamplesAt(long step) => step > 0 && IsDue(step, SampleInterval);

    /// <summary>Whether a checkpoint belongs after this many steps; at the end there is one in any case.</summary>
    public bool SavesAt(long step) => step > 0 && IsDue(step, CheckpointInterval);

    private bool IsDue(long step, long interval) => interval > 0 && (step % interval == 0 || step == MaxSteps);
}
