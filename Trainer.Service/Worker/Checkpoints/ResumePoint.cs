using System.Globalization;
using System.Text.Json;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>Finds where a run goes on: at its newest checkpoint that is what was written.</summary>
internal static class ResumePoint
{
    /// <summary>The newest sound checkpoint, or null where the run begins anew. Damaged ones are set aside.</summary>
    public static StoredCheckpoint? Find(CheckpointStore store, RunRecords records)
    {
        store.RemoveLeftovers();
        var (complete, unreadable) = store.List();
        foreach (var (folder, reason) in unreadable)
        {
            records.Event(
                "skipped_checkpoint",
                $"{Path.GetFileName(folder)} is passed over: {reason}",
                ("reason", reason));
        }

        foreach (var checkpoint in complete)
        {
            if (checkpoint.FindFault() is not { } fault)
                return checkpoint;
            store.SetAside(checkpoint);
            records.Event(
                "skipped_checkpoint",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The checkpoint of step {checkpoint.Step} is damaged and passed over: {fault}."),
                ("step", checkpoint.Step),
                ("reason", fault));
        }

        return null;
    }

    /// <summary>The state in a checkpoint.</summary>
    public static TrainerState ReadState(StoredCheckpoint checkpoint) =>
        JsonSerializer.Deserialize<TrainerState>(
            File.ReadAllBytes(checkpoint[CheckpointFiles.Trainer]), WorkspaceJson.Indented)
        ?? throw new InvalidDataException($"{checkpoint[CheckpointFiles.Trainer]} is empty.");
}
