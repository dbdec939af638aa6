namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>A checkpoint with its completion mark.</summary>
/// <param name="Folder">Absolute path.</param>
/// <param name="Seal">What complete.json says.</param>
internal sealed record StoredCheckpoint(string Folder, CheckpointSeal Seal)
{
    /// <summary>Optimizer steps done.</summary>
    public long Step => Seal.Step;

    /// <summary>Absolute path of one of its files.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>Reads every file and compares it with its hash; null where all are what was written.</summary>
    public string? FindFault() =>
        Seal.Files.Select(file => file.Value.FindFault(this[file.Key])).FirstOrDefault(fault => fault is not null);
}
