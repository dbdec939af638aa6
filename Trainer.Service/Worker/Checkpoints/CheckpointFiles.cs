namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>The names of a checkpoint's files; those of weights and adapters are the model library's.</summary>
internal static class CheckpointFiles
{
    /// <summary>LoRA runs: what the adapter belongs to.</summary>
    public const string Base = "base.json";

    /// <summary>First and second moments.</summary>
    public const string Optimizer = "optimizer.safetensors";

    /// <summary>The rest of the state.</summary>
    public const string Trainer = "trainer.json";

    /// <summary>The data set's tokenizer.</summary>
    public const string Tokenizer = "tokenizer.json";
}
