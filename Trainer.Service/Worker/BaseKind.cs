namespace Platform.TrainerHost.Worker;

/// <summary>What a run's weights start from.</summary>
internal enum BaseKind
{
    /// <summary>New weights.</summary>
    New,

    /// <summary>A checkpoint of an earlier run.</summary>
    Checkpoint,

    /// <summary>A folder with Hugging Face's files.</summary>
    HuggingFace,
}
