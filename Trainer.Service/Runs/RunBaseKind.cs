namespace Platform.TrainerHost.Runs;

/// <summary>What a run's weights start from.</summary>
internal enum RunBaseKind
{
    /// <summary>New weights.</summary>
    New,

    /// <summary>A checkpoint of an earlier run.</summary>
    Checkpoint,

    /// <summary>A folder with Hugging Face's files.</summary>
    HuggingFace,
}
