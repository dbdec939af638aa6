using System.Globalization;
using System.Text.Json;
using Platform.Modeling;
using Platform.TrainerHost.Runs;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>Puts a run's whole state into a checkpoint (docs/decisions/0001) and lets go of superfluous ones.</summary>
internal sealed class CheckpointWriter(
    CheckpointStore store,
    Gpt model,
    AdamW optimizer,
    RunBase source,
    string tokenizerPath,
    int keepLast,
    RunRecords records)
{
    /// <summary>Writes the state as it is now.</summary>
    /// <exception cref="IOException">No space, or the disk failed; earlier checkpoints are untouched.</exception>
    public void Write(TrainerState state)
    {
        // What the checkpoint's steps wrote must not be younger than it after a power cut.
        records.FlushToDisk();
        var validationLoss = state.ValidatedStep == state.Step ? state.ValidationLoss : null;
        var written = store.Write(state.Step, validationLoss, folder => WriteFiles(folder, state));
        records.Event(
            "checkpoint",
            string.Create(CultureInfo.InvariantCulture, $"Checkpoint after step {state.Step} written."),
            ("step", state.Step),
            ("size_bytes", written.Mark.Files.Values.Sum(file => file.SizeBytes)),
            ("validation_loss", validationLoss));
        store.Prune(keepLast);
    }

    private void WriteFiles(string folder, TrainerState state)
    {
        if (model.Adapter is { } adapter)
        {
            model.Config.Save(Path.Combine(folder, ModelFolder.ConfigFile));
            PeftAdapter.Save(adapter, folder, source.Name ?? source.Folder!);
            File.WriteAllText(
                Path.Combine(folder, CheckpointFiles.Base), source.ToJson().ToJsonString(WorkspaceJson.Indented));
        }
        else
        {
            ModelFolder.Save(model, folder);
        }

        optimizer.Save(Path.Combine(folder, CheckpointFiles.Optimizer));
        File.Copy(tokenizerPath, Path.Combine(folder, CheckpointFiles.Tokenizer));
        File.WriteAllBytes(
            Path.Combine(folder, CheckpointFiles.Trainer),
            JsonSerializer.SerializeToUtf8Bytes(state, WorkspaceJson.Indented));
    }
}
