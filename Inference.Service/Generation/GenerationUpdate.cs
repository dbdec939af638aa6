using Platform.Modeling;

namespace Platform.InferenceHost.Generation;

/// <summary>What one token brought.</summary>
/// <param name="Index">Which of a request's texts it belongs to.</param>
/// <param name="Text">Whole characters; empty while a character or a possible stop text is incomplete.</param>
/// <param name="TokenId">The token; null where the end brought none.</param>
/// <param name="End">Set in a text's last update.</param>
/// <param name="Scores">The token's; null where they were not asked for.</param>
internal sealed record GenerationUpdate(
    int Index, string Text, int? TokenId, GenerationEnd? End, TokenScores? Scores);
