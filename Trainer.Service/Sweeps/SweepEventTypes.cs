namespace Platform.TrainerHost.Sweeps;

/// <summary>The <c>type</c> of a line in a sweep's <c>events.jsonl</c>.</summary>
internal static class SweepEventTypes
{
    public const string Created = "created";
    public const string CancelRequested = "cancel_requested";
    public const string Resumed = "resumed";
    public const string Retried = "retried";
    public const string Promoted = "promoted";
    public const string LimitReached = "limit_reached";
    public const string Ended = "ended";
}
