namespace Platform.InferenceHost.Generation;

/// <summary>What one token brought.</summary>
/// <param name="Text">Whole characters; empty while a character or a possible stop text is incomplete.</param>
/// <param name="TokenId">The token; null where the end brought none.</param>
/// <param name="End">Set in the last update.</param>
internal sealed record GenerationUpdate(string Text, int? TokenId, GenerationEnd? End);
