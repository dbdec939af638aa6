namespace Platform.TrainerHost.Worker;

/// <summary>Ends a run as FAILED with a word for programs and a message for people.</summary>
internal sealed class TrainingException(string reason, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>One of <see cref="FailureReasons"/>.</summary>
    public string Reason { get; } = reason;

    /// <summary>Whether every rank has come to the same end, so that the first one speaks for all.</summary>
    public bool IsOnAllRanks { get; init; }
}
