using Platform.Modeling;
using Platform.Models;
using Platform.Tokenization;

namespace Platform.InferenceHost.Models;

/// <summary>What a reference means: a base in memory, alone or under an adapter that shares it with others.</summary>
/// <param name="source">Where its files are.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="model">The base; belongs to another object where there is an adapter.</param>
/// <param name="adapter">The adapter; belongs to this object. Null for a whole model.</param>
internal sealed class LoadedModel(
    ResolvedModel source, TextTokenizer tokenizer, BaseModel model, LoraAdapter? adapter)
    : IDisposable
{
    /// <summary>Where its files are.</summary>
    public ResolvedModel Source => source;

    /// <summary>Its tokenizer.</summary>
    public TextTokenizer Tokenizer => tokenizer;

    /// <summary>The base.</summary>
    public BaseModel Base => model;

    /// <summary>The adapter; null for a whole model.</summary>
    public LoraAdapter? Adapter => adapter;

    /// <summary>The longest context in tokens.</summary>
    public int ContextLength => model.Checkpoint.Model.Config.BlockSize;

    /// <summary>Where it is computed.</summary>
    public string Device => model.Checkpoint.Model.Device.ToString();

    /// <summary>Parameters, the adapter's included.</summary>
    public long ParameterCount { get; } = model.Checkpoint.ParameterCount
        + (adapter?.Parameters.Sum(parameter => parameter.Value.numel()) ?? 0);

    /// <summary>Bytes that go with it: of an adapter its own, of a whole model its weights and its cache.</summary>
    public long MemoryBytes { get; } = adapter is null
        ? model.MemoryBytes
        : adapter.Parameters.Sum(parameter => parameter.Value.numel() * parameter.Value.element_size());

    /// <summary>Frees it; on the engine's thread.</summary>
    public void Dispose()
    {
        if (adapter is null)
        {
            model.Dispose();
            return;
        }

        // What it computed must not be taken for another's that gets its place in memory.
        model.Slots.Forget(adapter);
        adapter.Dispose();
    }
}
