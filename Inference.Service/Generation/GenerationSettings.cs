using Platform.Modeling;

namespace Platform.InferenceHost.Generation;

/// <summary>How a text is to be generated; checked before.</summary>
/// <param name="Sampling">How a token is drawn.</param>
/// <param name="Stops">The text ends before any of these.</param>
/// <param name="MaxTokens">New tokens at most, 1 or more.</param>
/// <param name="IgnoreEndOfText">Whether to go on after the end of a text.</param>
internal sealed record GenerationSettings(
    SamplingOptions Sampling, IReadOnlyList<string> Stops, int MaxTokens, bool IgnoreEndOfText);
