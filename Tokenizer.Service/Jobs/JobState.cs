namespace Platform.TokenizerHost.Jobs;

/// <summary>The life of a job (docs/decisions/0001).</summary>
internal enum JobState
{
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelling,
    Cancelled,
}
