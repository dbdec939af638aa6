namespace Platform.TrainerHost.Runs;

/// <summary>The <c>type</c> of a line in <c>events.jsonl</c>: what service and worker say to each other.</summary>
internal static class EventTypes
{
    public const string Created = "created";
    public const string Queued = "queued";
    public const string Started = "started";
    public const string Resumed = "resumed";
    public const string Checkpoint = "checkpoint";
    public const string Model = "model";
    public const string Finished = "finished";
    public const string Stopped = "stopped";
    public const string BackedOff = "memory_backed_off";
    public const string Failed = "failed";
    public const string WorkerDied = "worker_died";
    public const string CancelRequested = "cancel_requested";
    public const string Cancelled = "cancelled";
}
