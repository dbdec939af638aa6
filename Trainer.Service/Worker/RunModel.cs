using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker.Checkpoints;
using Device = TorchSharp.torch.Device;

namespace Platform.TrainerHost.Worker;

/// <summary>The model that a run trains or puts its adapter on: made or loaded, and held against spec and data set.
/// </summary>
internal static class RunModel
{
    /// <summary>New, the base, or a full run's own weights of its last checkpoint; without an adapter.</summary>
    /// <param name="spec">The run's spec.</param>
    /// <param name="source">What it starts from.</param>
    /// <param name="data">Its data set.</param>
    /// <param name="device">Where it is to be.</param>
    /// <param name="resumed">The run's checkpoint; null where it begins.</param>
    /// <exception cref="TrainingException">It is missing or damaged, or does not go with spec or data set.</exception>
    public static Gpt Create(
        RunSpec spec, RunBase source, RunDataset data, Device device, StoredCheckpoint? resumed)
    {
        var model = LoadOrCreate(spec, source, data, device, resumed);
        try
        {
            model.CheckpointActivations = spec.ActivationCheckpointing;
            model.Compiled = spec.Compile;
            model.IgnoresNegativeTargets = data.IsMasked;
            Check(spec, source, data, model.Config);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static Gpt LoadOrCreate(
        RunSpec spec, RunBase source, RunDataset data, Device device, StoredCheckpoint? resumed)
    {
        var precision = spec.ToPrecision();
        // A full run's checkpoint has all weights; the base is not needed again.
        if (resumed is not null && spec.Lora is null)
            return ModelFolder.Load(resumed.Folder, device, precision);
        return source.Kind == RunBaseKind.New
            ? new Gpt(spec.ToModelConfig(data.Tokenizer.VocabularySize), device, precision, spec.Seed)
            : ModelSource.Load(source, device, precision);
    }

    private static void Check(RunSpec spec, RunBase source, RunDataset data, GptConfig config)
    {
        if (spec.Batch.SequenceLength > config.BlockSize)
        {
            throw new TrainingException(
                FailureReasons.InvalidRun,
                $"batch.sequence_length is {spec.Batch.SequenceLength}, "
                + $"the model's context {config.BlockSize} tokens.");
        }

        if (source.Kind != RunBaseKind.New)
            CheckTokenizer(spec, source, data, config);
    }

    private static void CheckTokenizer(RunSpec spec, RunBase source, RunDataset data, GptConfig config)
    {
        var tokenizer = data.Tokenizer;
        var path = Path.Combine(source.Folder!, CheckpointFiles.Tokenizer);
        // Our own files of the same tokenizer have the same bytes; Hugging Face's may be written otherwise.
        var differs = source.Kind == RunBaseKind.Checkpoint && File.Exists(path)
            && !File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(data.TokenizerPath));
        if (!differs && tokenizer.VocabularySize <= config.VocabSize)
            return;
        throw new TrainingException(
            FailureReasons.TokenizerMismatch,
            $"{spec.Dataset} was made with {tokenizer.Name} ({tokenizer.VocabularySize} tokens), the base model "
            + $"{source.Name} with another tokenizer ({config.VocabSize} tokens). Prepare the data set with the base "
            + "model's tokenizer.");
    }
}
