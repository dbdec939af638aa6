namespace Platform.Modeling;

/// <summary>One text's next step in a batch: its last token goes in, the scores of what follows come out.</summary>
/// <param name="Token">The token.</param>
/// <param name="Slot">The slot of the cache that has everything before it.</param>
/// <param name="Adapter">The adapter for this row; null for the model alone.</param>
public readonly record struct DecodeRow(int Token, int Slot, LoraAdapter? Adapter);
