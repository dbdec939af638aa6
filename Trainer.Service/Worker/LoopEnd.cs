namespace Platform.TrainerHost.Worker;

/// <summary>Why the loop ended without an error.</summary>
internal enum LoopEnd
{
    /// <summary>All steps are done.</summary>
    Finished,

    /// <summary>It was asked to end and has saved what there is.</summary>
    Stopped,
}
