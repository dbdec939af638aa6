using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.Models;

/// <summary>A model in memory with its tokenizer and, for an adapter, that.</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="Model">The model, the adapter attached.</param>
/// <param name="Tokenizer">The tokenizer it was trained with.</param>
/// <param name="Adapter">The adapter; null for a whole model.</param>
public sealed record LoadedCheckpoint(
    ResolvedModel Source, Gpt Model, TextTokenizer Tokenizer, LoraAdapter? Adapter) : IDisposable
{
    /// <summary>Parameters, without the padding of the vocabulary, the adapter's included.</summary>
    public long ParameterCount => Model.Config.ParameterCount(padded: false)
        + (Adapter?.Parameters.Sum(parameter => parameter.Value.numel()) ?? 0);

    /// <summary>Bytes of all weights.</summary>
    public long SizeBytes =>
        Model.parameters().Concat(Adapter?.Parameters.Select(parameter => parameter.Value) ?? [])
            .Sum(parameter => parameter.numel() * parameter.element_size());

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Detach();
        Adapter?.Dispose();
        Model.Dispose();
    }
}
