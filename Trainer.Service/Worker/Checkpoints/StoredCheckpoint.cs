using Platform.Models;

namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>A checkpoint with its completion mark.</summary>
/// <param name="Folder">Absolute path.</param>
/// <param name="Mark">What complete.json says.</param>
internal sealed record StoredCheckpoint(string Folder, CheckpointMark Mark)
{
    /// <summary>Optimizer steps done.</summary>
    public long Step => Mark.Step;

    /// <summary>Absolute path of one of its files.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>Reads every file and compares it with its hash; null where all are what was written.</summary>
    public string? FindFault() => Mark.FindFault(Folder);
}
