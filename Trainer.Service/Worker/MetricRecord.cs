namespace Platform.TrainerHost.Worker;

/// <summary>One line of metrics.jsonl; series that were not measured are left out.</summary>
internal sealed class MetricRecord
{
    /// <summary>When, ISO 8601 in UTC.</summary>
    public string Time { get; set; } = "";

    /// <summary>The attempt that measured it.</summary>
    public int Attempt { get; set; }

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; set; }

    /// <summary>Tokens trained on.</summary>
    public long Tokens { get; set; }

    /// <summary>Mean loss of the step's predictions, in nats.</summary>
    public double? TrainLoss { get; set; }

    /// <summary>The step's learning rate.</summary>
    public double? LearningRate { get; set; }

    /// <summary>Global norm of the gradients before clipping.</summary>
    public double? GradientNorm { get; set; }

    /// <summary>Seconds of the step, without validation, samples and checkpoints.</summary>
    public double? StepSeconds { get; set; }

    /// <summary>Tokens of the step divided by its seconds.</summary>
    public double? TokensPerSecond { get; set; }

    /// <summary>Resident memory of the process; measured about once a second.</summary>
    public long? MemoryBytes { get; set; }

    /// <summary>Share of the processors' best that the step reached; run.proto has the formula.</summary>
    public double? Mfu { get; set; }

    /// <summary>Seconds that training stood still for checkpoints since the last step.</summary>
    public double? CheckpointPauseSeconds { get; set; }

    /// <summary>Updates left out so far; on the steps that left one out.</summary>
    public long? SkippedUpdates { get; set; }

    /// <summary>Mean loss over the validation batches, in nats a token.</summary>
    public double? ValidationLoss { get; set; }

    /// <summary>The same in bits a byte of text.</summary>
    public double? BitsPerByte { get; set; }

    /// <summary>Share of HellaSwag's items answered right.</summary>
    public double? HellaswagAccuracy { get; set; }
}
