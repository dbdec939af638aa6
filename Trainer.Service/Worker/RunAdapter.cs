using System.Globalization;
using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker;

/// <summary>Makes the adapter that a LoRA run trains.</summary>
internal static class RunAdapter
{
    /// <summary>New, from the adapter that the spec names, or as the run's own checkpoint has it.</summary>
    /// <param name="model">The base.</param>
    /// <param name="spec">The run's spec.</param>
    /// <param name="resumed">The folder of the run's checkpoint; null where it begins.</param>
    /// <param name="root">Where references lie.</param>
    /// <exception cref="TrainingException">It does not fit the base, or is missing or damaged.</exception>
    public static LoraAdapter Create(Gpt model, RunSpec spec, string? resumed, DataRoot root)
    {
        var lora = spec.Lora;
        try
        {
            if (resumed is not null)
                return PeftAdapter.Load(model, resumed, lora.Dropout);
            return lora.Adapter.Length > 0
                ? PeftAdapter.Load(model, FolderOf(lora.Adapter, root), lora.Dropout)
                : new LoraAdapter(model, lora.ToLora(), spec.Seed);
        }
        catch (ArgumentException e)
        {
            throw new TrainingException(FailureReasons.InvalidRun, $"The spec's lora: {e.Message}", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TrainingException(
                FailureReasons.BaseNotFound, $"The adapter {lora.Adapter} is not there: {e.Message}", e);
        }
        catch (Exception e) when (resumed is null && e is InvalidDataException or JsonException)
        {
            throw new TrainingException(
                FailureReasons.BaseCorrupt, $"The adapter {lora.Adapter} cannot be read: {e.Message}", e);
        }
    }

    // The service has resolved the reference: path:{absolute folder}, or runs/{run}@{step}.
    private static string FolderOf(string reference, DataRoot root)
    {
        if (reference.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
            return reference[PathPolicy.Prefix.Length..];
        if (ResourceName.TryParse(reference, "runs") is not { Version: { } version } name
            || !long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            throw new TrainingException(
                FailureReasons.InvalidRun, $"The spec's lora.adapter is '{reference}', which has no step.");
        }

        return Path.Combine(root.Runs, name.Id, "checkpoints", CheckpointStore.NameOf(step));
    }
}
