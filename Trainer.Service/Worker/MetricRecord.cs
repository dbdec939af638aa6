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

    /// <summary>Mean loss over the validation batches, in nats a token.</summary>
    public double? ValidationLoss { get; set; }
}
