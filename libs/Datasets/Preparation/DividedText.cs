namespace Platform.Datasets.Preparation;

/// <summary>A document, or the rest of one that was cut, and which split it belongs to.</summary>
internal sealed record DividedText(ReadOnlyMemory<char> Text, bool ForValidation, bool BeginsDocument = true);
