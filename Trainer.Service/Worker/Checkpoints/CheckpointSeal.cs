namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>complete.json: without it a checkpoint does not exist; with it every file can be checked.</summary>
internal sealed class CheckpointSeal
{
    /// <summary>The file's name.</summary>
    public const string FileName = "complete.json";

    /// <summary>The newest format that this program reads.</summary>
    public const int NewestFormat = 1;

    /// <summary>The file's format.</summary>
    public int FormatVersion { get; init; } = NewestFormat;

    /// <summary>Optimizer steps done.</summary>
    public required long Step { get; init; }

    /// <summary>Validation loss at exactly this step, where it was measured.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Every other file of the folder, by name.</summary>
    public required SortedDictionary<string, SealedFile> Files { get; init; }
}
