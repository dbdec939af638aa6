using Platform.InferenceHost.Models;

namespace Platform.InferenceHost.Generation;

/// <summary>How well a model predicted a text.</summary>
/// <param name="Model">The model.</param>
/// <param name="Sum">Negative log-likelihood of the text in nats.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="Bytes">Of the text in UTF-8.</param>
internal sealed record PerplexityFigures(LoadedModel Model, double Sum, int Tokens, int Bytes)
{
    /// <summary>Nats a token.</summary>
    public double Loss => Sum / Tokens;

    /// <summary>Bits a byte.</summary>
    public double BitsPerByte => Sum / Math.Log(2) / Bytes;
}
