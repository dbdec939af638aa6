using Platform.InferenceHost.Generation;
using Platform.Modeling;
using Platform.Models;
using Platform.Tokenization;

namespace Platform.InferenceHost.Models;

/// <summary>
/// A model in memory with the cache and the slots of its generations. Its tensors are touched by the engine's thread
/// only.
/// </summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly LoadedCheckpoint _checkpoint;
    private readonly KvCache _cache;

    /// <param name="checkpoint">The model; belongs to the new object.</param>
    /// <param name="slots">Generations at the same time.</param>
    /// <param name="reference">The reference it was first loaded by.</param>
    public LoadedModel(LoadedCheckpoint checkpoint, int slots, string reference)
    {
        _checkpoint = checkpoint;
        _cache = checkpoint.Model.CreateCache(slots);
        Slots = new SlotTable(checkpoint.Model, _cache);
        Reference = reference;
        ParameterCount = checkpoint.ParameterCount;
        MemoryBytes = checkpoint.SizeBytes + _cache.SizeBytes;
    }

    /// <summary>The reference it was first loaded by.</summary>
    public string Reference { get; }

    /// <summary>Where its files are.</summary>
    public ResolvedModel Source => _checkpoint.Source;

    /// <summary>Its tokenizer.</summary>
    public TextTokenizer Tokenizer => _checkpoint.Tokenizer;

    /// <summary>The longest context in tokens.</summary>
    public int ContextLength => _checkpoint.Model.Config.BlockSize;

    /// <summary>Where it is computed.</summary>
    public string Device => _checkpoint.Model.Device.ToString();

    /// <summary>Parameters, the adapter's included.</summary>
    public long ParameterCount { get; }

    /// <summary>Bytes of its weights and its cache.</summary>
    public long MemoryBytes { get; }

    /// <summary>The generations that run on it.</summary>
    public SlotTable Slots { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
        _checkpoint.Dispose();
    }
}
