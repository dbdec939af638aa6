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
    private readonly TorchDecoder _decoder;

    /// <param name="checkpoint">The model; belongs to the new object.</param>
    /// <param name="slots">Generations at the same time.</param>
    /// <param name="precision">Of the weights.</param>
    /// <param name="metrics">What is measured of it.</param>
    public BaseModel(LoadedCheckpoint checkpoint, int slots, WeightPrecision precision, ModelMetrics metrics)
    {
        _checkpoint = checkpoint;
        Precision = precision;
        Metrics = metrics;
        checkpoint.Model.Precision = precision == WeightPrecision.Fp32 ? Modeling.Precision.Fp32 : Modeling.Precision.Bf16;
        _decoder = new TorchDecoder(checkpoint.Model, slots);
        Slots = new SlotTable(_decoder, checkpoint.Model.Config.VocabSize);
        MemoryBytes = checkpoint.SizeBytes + _decoder.Cache.SizeBytes;
    }

    /// <summary>The checkpoint's name.</summary>
    public string Name => _checkpoint.Source.Name;

    /// <summary>What it was loaded from.</summary>
    public LoadedCheckpoint Checkpoint => _checkpoint;

    /// <summary>How its weights are kept.</summary>
    public WeightPrecision Precision { get; }

    /// <summary>Bytes of its weights and its cache.</summary>
    public long MemoryBytes { get; }

    /// <summary>The generations that run on it.</summary>
    public SlotTable Slots { get; }

    /// <summary>What is measured of it.</summary>
    public ModelMetrics Metrics { get; }

    /// <summary>Bytes that a model's weights will take.</summary>
    public static long EstimateWeightBytes(GptConfig config, WeightPrecision precision)
    {
        var parameters = config.ParameterCount();
        return precision == WeightPrecision.Fp32 ? 4 * parameters : 6 * parameters;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoder.Dispose();
        _checkpoint.Dispose();
    }
}
