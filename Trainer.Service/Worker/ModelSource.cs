using System.Text.Json;
using Platform.Modeling;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker.Checkpoints;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>Makes the model that a run trains: new, from a checkpoint or from Hugging Face's files, with an adapter or
/// without.</summary>
internal static class ModelSource
{
    /// <summary>A model whose weights are those of a base. An adapter of the base is merged into it.</summary>
    /// <exception cref="TrainingException">The files are missing or damaged.</exception>
    public static Gpt Load(RunBase source, Device device, Precision precision)
    {
        var folder = source.Folder!;
        try
        {
            if (!Directory.Exists(folder))
                throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
            var baseFile = Path.Combine(folder, CheckpointFiles.Base);
            return source.Kind == RunBaseKind.Checkpoint && File.Exists(baseFile)
                ? LoadMerged(ReadBase(baseFile), folder, device, precision)
                : ModelFolder.Load(folder, device, precision);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TrainingException(
                FailureReasons.BaseNotFound, $"The base model {source.Name ?? folder} is not there: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or FormatException or EndOfStreamException)
        {
            throw new TrainingException(
                FailureReasons.BaseCorrupt, $"The base model {source.Name ?? folder} cannot be read: {e.Message}", e);
        }
    }

    private static Gpt LoadMerged(RunBase inner, string adapterFolder, Device device, Precision precision)
    {
        var model = Load(inner, device, precision);
        try
        {
            using var adapter = PeftAdapter.Load(model, adapterFolder);
            adapter.Merge(model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static RunBase ReadBase(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return RunBase.FromJson(document.RootElement);
    }
}
