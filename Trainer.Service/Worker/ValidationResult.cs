namespace Platform.TrainerHost.Worker;

/// <summary>What a validation came to.</summary>
/// <param name="Loss">Mean over all predictions, in nats.</param>
/// <param name="BitsPerByte">
/// The losses' sum in bits over the bytes of the tokens predicted: it does not depend on the tokenizer. Special tokens
/// add their loss and no bytes. Null where none of the tokens has any.
/// </param>
internal readonly record struct ValidationResult(double Loss, double? BitsPerByte);
