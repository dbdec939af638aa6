namespace Platform.TrainerHost.Runs;

/// <summary>Series of <c>metrics.jsonl</c> that a run's own figures are taken from.</summary>
internal static class SeriesNames
{
    public const string TrainLoss = "train_loss";
    public const string ValidationLoss = "validation_loss";
    public const string TokensPerSecond = "tokens_per_second";
    public const string Tokens = "tokens";
    public const string BitsPerByte = "bits_per_byte";
    public const string HellaSwagAccuracy = "hellaswag_accuracy";
    public const string Mfu = "mfu";
    public const string MemoryBytes = "memory_bytes";
    public const string StepSeconds = "step_seconds";
    public const string LearningRate = "learning_rate";
    public const string GradientNorm = "gradient_norm";
}
