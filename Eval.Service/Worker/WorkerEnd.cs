namespace Platform.EvalHost.Worker;

/// <summary>How a worker ended: its exit code.</summary>
internal enum WorkerEnd
{
    /// <summary>All is graded.</summary>
    Finished = 0,

    /// <summary>It cannot go on; the events say why.</summary>
    Failed = 1,

    /// <summary>It was told to end, and goes on another time (EX_TEMPFAIL).</summary>
    Stopped = 75,
}
