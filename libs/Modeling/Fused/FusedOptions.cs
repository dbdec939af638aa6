namespace Platform.Modeling;

/// <summary>What a fused pass has memory for, beside the shape of its batches.</summary>
/// <param name="Recompute">Whether one block's activations are kept in place of all.</param>
/// <param name="Frozen">Whether the base's weights have no gradients: adapters train.</param>
/// <param name="Count">Adapters whose rows go through the base together; 1 without a pack.</param>
internal readonly record struct FusedOptions(bool Recompute, bool Frozen, int Count);
