using Platform.InferenceHost.Generation;
using Platform.InferenceHost.Telemetry;
using Platform.Modeling;
using Platform.Models;

namespace Platform.InferenceHost.Models;

/// <summary>
/// A whole model in memory with its cache and the slots of its generations, those of its adapters included. Its tensors
/// are touched by the engine's thread only.
/// </summary>
internal sealed class BaseModel : IDisposable
{
    private readonly LoadedCheckpoint _checkpoint;
    private readonly ITokenDecoder _decoder;

    /// <param name="checkpoint">The model; belongs to the new object.</param>
    /// <param name="slots">Generations at the same time.</param>
    /// <param name="precision">Of the weights.</param>
    /// <param name="metrics">What is measured of it.</param>
    public BaseModel(LoadedCheckpoint checkpoint, int slots, WeightKind precision, ModelMetrics metrics)
    {
        _checkpoint = checkpoint;
        Precision = precision;
        Metrics = metrics;
        _decoder = ProcessorDecoder.IsSupported(checkpoint.Model)
            ? new ProcessorDecoder(checkpoint.Model, slots, precision)
            : new TorchDecoder(checkpoint.Model, slots, precision);
        Slots = new SlotTable(_decoder, checkpoint.Model.Config.VocabSize);
        MemoryBytes = checkpoint.SizeBytes + _decoder.OwnBytes + _decoder.Cache.SizeBytes;
    }

    /// <summary>The checkpoint's name.</summary>
    public string Name => _checkpoint.Source.Name;

    /// <summary>What it was loaded from.</summary>
    public LoadedCheckpoint Checkpoint => _checkpoint;

    /// <summary>How its weights are kept.</summary>
    public WeightKind Precision { get; }

    /// <summary>Bytes of its weights and its cache.</summary>
    public long MemoryBytes { get; }

    /// <summary>The generations that run on it.</summary>
    public SlotTable Slots { get; }

    /// <summary>What is measured of it.</summary>
    public ModelMetrics Metrics { get; }

    /// <summary>About how many bytes a model's weights will take, and for a moment while they are rounded.</summary>
    public static long EstimateWeightBytes(GptConfig config, WeightKind kind)
    {
        var parameters = config.ParameterCount();
        var table = (long)config.PaddedVocabSize * config.NEmbd;
        return kind switch
        {
            WeightKind.Fp32 => 4 * parameters,
            // The linear layers in 2 bytes, the token embedding in 4 and as the head in 2.
            WeightKind.Bf16 => (2 * parameters) + (4 * table),
            _ => (3 * parameters) + (2 * table),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoder.Dispose();
        _checkpoint.Dispose();
    }
}
